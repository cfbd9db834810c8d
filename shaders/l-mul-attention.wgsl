// Attention with L-Mul products: a workgroup takes one query row of one head. Two passes over the keys, a tile of 64 at a
// time, an invocation per key: the largest score and the sum of exponentials, then normalised weights and their products
// with v. Scores are made anew in the second pass, so nothing of the size Tq x Tk exists; and weights are normalised before
// their products, because L-Mul does not commute with scaling.
//!include common/workgroup.wgsl
//!include common/l-mul-rule.wgsl

const Q_FORMAT: u32 = 0u;
const K_FORMAT: u32 = 0u;
const V_FORMAT: u32 = 0u;
const HAS_MASK: bool = false;
const KEYS: u32 = 64u;
const CHANNELS: u32 = 1024u;

struct Params {
  group_base: u32, group_count: u32,
  rows: u32, keys: u32,
  rule: Rule,
  heads: u32, kv_heads: u32, d: u32, dv: u32,
  scale: f32, causal: u32, padding0: u32, padding1: u32,
  // Elements per row, head and batch entry.
  q_steps: vec4u, k_steps: vec4u, v_steps: vec4u, out_steps: vec4u,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<u32>;
@group(0) @binding(2) var<storage, read> k: array<u32>;
@group(0) @binding(3) var<storage, read> v: array<u32>;
@group(0) @binding(4) var<storage, read> mask: array<u32>;
@group(0) @binding(5) var<storage, read_write> result: array<f32>;

//!include common/l-mul-product.wgsl
//!include common/round-to.wgsl
//!include common/element-code.wgsl

var<workgroup> query: array<u32, CHANNELS>;
var<workgroup> sums: array<f32, CHANNELS>;
var<workgroup> weights: array<u32, KEYS>;
// Of each invocation: the largest of its scores, and the sum of exponentials relative to that.
var<workgroup> tops: array<f32, KEYS>;
var<workgroup> totals: array<f32, KEYS>;

fn added(sum: f32, x: u32, y: u32) -> f32 {
  let next = sum + bitcast<f32>(lmul_value(x, y));
  if (STEP == 0u) { return next; }
  return bitcast<f32>(round_bits(bitcast<u32>(next), STEP, (FLAGS & SATURATE) != 0u));
}

fn finished(sum: f32) -> f32 {
  return bitcast<f32>(round_bits(bitcast<u32>(sum), params.rule.result, (FLAGS & SATURATE) != 0u));
}

// e^x for x <= 0 to about 2 ulp, where the built-in function may be off by 3 + 2 |x|; 0 below -87 (Cephes expf).
fn exp_non_positive(x: f32) -> f32 {
  if (x < -87.0) { return 0.0; }
  let n = round(x * 1.44269504);
  let r = (x - n * 0.693359375) + n * 2.12194440e-4;
  var p = 1.9875691500e-4 * r + 1.3981999507e-3;
  p = p * r + 8.3334519073e-3;
  p = p * r + 4.1665795894e-2;
  p = p * r + 1.6666665459e-1;
  p = p * r + 5.0000001201e-1;
  return (p * (r * r) + r + 1.0) * bitcast<f32>(u32(i32(n) + 127) << 23u);
}

fn is_seen(entry: u32, key: u32, seen: u32) -> bool {
  if (key >= seen) { return false; }
  if (!HAS_MASK) { return true; }
  let i = entry * params.keys + key;
  return ((mask[i / 4u] >> (8u * (i % 4u))) & 0xffu) != 0u;
}

fn score(base: u32, key: u32) -> f32 {
  var sum = 0.0;
  for (var c = 0u; c < params.d; c++) {
    let i = base + key * params.k_steps.x + c;
    sum = added(sum, query[c], lmul_load(code_in(k[word_of(i, K_FORMAT)], i, K_FORMAT), K_FORMAT));
  }
  return finished(sum) * params.scale;
}

// The weight as an operand: rounded to its format, as a code where products are of codes, reduced.
fn weight_operand(weight: f32) -> u32 {
  let rounded = round_bits(bitcast<u32>(weight), params.rule.weights, (FLAGS & SATURATE) != 0u);
  if ((FLAGS & NATIVE) != 0u) { return lmul_operand(encode_bits(rounded, params.rule.weights)); }
  return lmul_operand(rounded);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = group_index(wid, nwg);
  if (group >= params.group_count) { return; }
  let row = group % params.rows;
  let head = group / params.rows % params.heads;
  let entry = group / params.rows / params.heads;
  let kv_head = head * params.kv_heads / params.heads;
  // A causal row sees the keys up to its own place counted from the end.
  let first = i32(row + params.keys + 1u) - i32(params.rows);
  let seen = select(params.keys, u32(clamp(first, 0, i32(params.keys))), params.causal != 0u);
  let q_base = entry * params.q_steps.z + head * params.q_steps.y + row * params.q_steps.x;
  let k_base = entry * params.k_steps.z + kv_head * params.k_steps.y;
  let v_base = entry * params.v_steps.z + kv_head * params.v_steps.y;
  for (var c = lane; c < params.d; c += KEYS) {
    query[c] = lmul_load(code_in(q[word_of(q_base + c, Q_FORMAT)], q_base + c, Q_FORMAT), Q_FORMAT);
  }
  for (var c = lane; c < params.dv; c += KEYS) { sums[c] = 0.0; }
  workgroupBarrier();

  // Below every score of an f32 sum, and finite: WGSL need not know infinities.
  var largest = -3.4028234e38;
  var total = 0.0;
  for (var key = lane; key < seen; key += KEYS) {
    if (!is_seen(entry, key, seen)) { continue; }
    let next = score(k_base, key);
    let ratio = exp_non_positive(-abs(next - largest));
    total = select(total + ratio, total * ratio + 1.0, next > largest);
    largest = max(largest, next);
  }
  tops[lane] = largest;
  totals[lane] = total;
  workgroupBarrier();
  for (var i = 0u; i < KEYS; i++) { largest = max(largest, tops[i]); }
  total = 0.0;
  for (var i = 0u; i < KEYS; i++) { total += totals[i] * exp_non_positive(tops[i] - largest); }

  for (var start = 0u; start < seen; start += KEYS) {
    let key = start + lane;
    var weight = 0.0;
    if (is_seen(entry, key, seen)) { weight = exp_non_positive(score(k_base, key) - largest) / total; }
    weights[lane] = weight_operand(weight);
    workgroupBarrier();
    for (var c = lane; c < params.dv; c += KEYS) {
      var sum = sums[c];
      for (var j = 0u; j < min(KEYS, seen - start); j++) {
        let i = v_base + (start + j) * params.v_steps.x + c;
        sum = added(sum, weights[j], lmul_load(code_in(v[word_of(i, V_FORMAT)], i, V_FORMAT), V_FORMAT));
      }
      sums[c] = sum;
    }
    workgroupBarrier();
  }
  let out_base = entry * params.out_steps.z + head * params.out_steps.y + row * params.out_steps.x;
  // A row that sees nothing, by its place or by the mask, has no weights at all.
  for (var c = lane; c < params.dv; c += KEYS) { result[out_base + c] = select(finished(sums[c]), 0.0, total == 0.0); }
}
