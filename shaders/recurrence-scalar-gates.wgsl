// Scalar gates to products of decays (common/recurrence-decays.wgsl). A workgroup takes 256 rows of one head, which are one or
// more chunks, and sums over every chunk by doubling.
//!include common/element.wgsl
//!include common/recurrence.wgsl

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gate: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<vec2u>;
@group(0) @binding(3) var<storage, read_write> decays: array<vec4f>;

//!include common/workgroup.wgsl
//!include common/recurrence-decays.wgsl

// 0 no gate, 1 one log-decay per head, 2 log-decays, 3 decays of either sign
const GATE: u32 = 0;
const FORMAT: u32 = 8;

// Below this log-decay nothing is left in f32; so treated, a reset costs the sums no digits.
const LEAST: f32 = -88.0;

// Sums of logarithms in two parts, and of 2^16 zeros + negatives.
var<workgroup> logs: array<vec2f, 256>;
var<workgroup> counts: array<u32, 256>;

fn gate_of(at: u32) -> f32 {
  return element(gate[at / per_word(FORMAT)], at, FORMAT);
}

// Multiples of 1/8, of which sums are exact, and the rest.
fn parts_of(log: f32) -> vec2f {
  let high = round(log * 8.0) / 8.0;
  return vec2f(high, log - high);
}

fn sums(log: vec2f, count: u32) -> Sums {
  return Sums(vec4f(log.x), vec4f(log.y), vec4u(count / 0x10000u * 2u + count % 2u));
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let together = 256u / params.chunk;
  let head = g % params.heads;
  let index = g / params.heads * together + lid / params.chunk;
  let row = lid % params.chunk;
  let chunk = chunk_of(min(index, params.chunks - 1u));
  let valid = index < params.chunks && row < chunk.rows;

  var log = 0.0;
  var count = 0u;
  if (valid && GATE > 0u) {
    let at = start_of(params.x, chunk, head) + row * step_of(params.x);
    let value = gate_of(select(at, head, GATE == 1u));
    let bits = bitcast<u32>(value);
    var zero = bits == 0xff800000u || value < LEAST;
    log = value;
    if (GATE == 3u) {
      zero = (bits & 0x7fffffffu) < 0x00800000u;
      count = bits >> 31u;
      log = log4(vec4f(abs(value))).x;
    }
    if (zero) {
      log = 0.0;
      count = 0x10000u;
    }
  }
  logs[lid] = parts_of(log);
  counts[lid] = count;
  workgroupBarrier();
  for (var width = 1u; width < params.chunk; width *= 2u) {
    var log_before = vec2f();
    var count_before = 0u;
    if (row >= width) {
      log_before = logs[lid - width];
      count_before = counts[lid - width];
    }
    workgroupBarrier();
    logs[lid] += log_before;
    counts[lid] += count_before;
    workgroupBarrier();
  }
  let last = lid / params.chunk * params.chunk + chunk.rows - 1u;
  let own = sums(logs[lid], counts[lid]);
  let all = sums(logs[last], counts[last]);
  if (index >= params.chunks) { return; }
  decays[scalar_at(index, head, row)] = vec4f(own.high.x, own.low.x, f32(own.code.x), kept(all, own).x);
  if (row == 0u) {
    let less_one = select(kept(all, Sums()) - vec4f(1.0), expm1_4(all.high + all.low), all.code.x == 0u);
    decays[carry_at(index, head, 0u)] = less_one;
  }
}
