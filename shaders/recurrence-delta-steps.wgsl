// The delta rule and the low-rank recurrence step by step, for short sequences and for decoding:
//   delta:     S' = decay S,  S = S' + k (beta (v - S'^T k))^T,       o = S^T q after the last micro-step of a token;
//   low rank:  S = decay S + b (S^T a)^T + k v^T,                      o = S^T q.
// A workgroup keeps 16 columns of one head's state, 16 invocations share a column. One exchange a step: what o needs of the
// new state follows from the old one and from products of the keys.
struct Params {
  group_base: u32,
  group_count: u32,
  // Sequences of equal length, from row `row0` on; `sequence0` is the first one's place among the states.
  row0: u32,
  rows: u32,
  sequence0: u32,
  heads: u32,
  share: u32,
  householders: u32,
  k: u32,
  v: u32,
  scale: f32,
  // 0: no gate; 1: one per row; 2: one per row and key channel.
  gate: u32,
  // Gates are factors, not logarithms of factors.
  signed_gate: u32,
  // The states are [v][k].
  value_first: u32,
  tokens: u32,
  order: u32,
  pad0: u32,
  pad1: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> k: array<f32>;
@group(0) @binding(3) var<storage, read> v: array<f32>;
// delta: beta; low rank: a and b.
@group(0) @binding(4) var<storage, read> first: array<f32>;
@group(0) @binding(5) var<storage, read> second: array<f32>;
@group(0) @binding(6) var<storage, read> gate: array<f32>;
@group(0) @binding(7) var<storage, read_write> states: array<f32>;
@group(0) @binding(8) var<storage, read_write> o: array<f32>;

//!include common/workgroup.wgsl
//!include common/math.wgsl
//!include common/recurrence-order.wgsl

const LOW_RANK: bool = false;
// Rows of the state of an invocation: every sixteenth.
const ROWS: u32 = 4;

// Partial sums by [parity of the step][share of the rows][column]: with the state of the row, of q, and of keys with q.
var<workgroup> parts: array<vec4f, 512>;

fn decay_of(x: f32) -> f32 {
  if (params.signed_gate == 1u) { return x; }
  return select(exp4(vec4f(x)).x, 0.0, bitcast<u32>(x) == 0xff800000u);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let blocks = (params.v + 15u) / 16u;
  let column = g % blocks * 16u + lid % 16u;
  let head = g / blocks % params.heads;
  let sequence = g / blocks / params.heads;
  let part = lid / 16u;
  let inside = column < params.v;
  let state_base = ((params.sequence0 + sequence) * params.heads + head) * params.k * params.v;

  let begin = params.row0 + sequence * params.rows;
  let ends = (2u * begin + params.rows) / params.householders - 1u;
  let entry = vec4u(begin, params.rows, params.sequence0 + sequence, ends);

  var state: array<f32, ROWS>;
  for (var i = 0u; i < ROWS; i += 1u) {
    let row = i * 16u + part;
    if (row >= params.k || !inside) { continue; }
    state[i] = states[state_base + select(row * params.v + column, column * params.k + row, params.value_first == 1u)];
  }
  for (var done = 0u; done < params.rows; done += 1u) {
    let step = begin + done;
    let micro = step % params.householders;
    let heads = params.heads / params.share;
    let key_head = step_row(entry, step, head / params.share, heads);
    let query_head = token_row(entry, step, head / params.share, heads);
    let value_head = step_row(entry, step, head, params.heads);
    let gate_head = token_row(entry, step, head, params.heads);
    let reads = micro + 1u == params.householders;

    var keys: array<f32, ROWS>;
    var adds: array<f32, ROWS>;
    var sums = vec4f();
    for (var i = 0u; i < ROWS; i += 1u) {
      let row = i * 16u + part;
      if (row >= params.k) { continue; }
      keys[i] = k[key_head * params.k + row];
      var decay = 1.0;
      if (params.gate != 0u && micro == 0u) {
        decay = decay_of(gate[select(gate_head * params.k + row, gate_head, params.gate == 1u)]);
      }
      var query = 0.0;
      if (reads) { query = params.scale * q[query_head * params.k + row]; }
      if (LOW_RANK) {
        adds[i] = second[key_head * params.k + row];
        sums.x += first[key_head * params.k + row] * state[i];
        sums.w += query * adds[i];
      }
      state[i] *= decay;
      if (!LOW_RANK) { sums.x += keys[i] * state[i]; }
      sums.y += query * state[i];
      sums.z += query * keys[i];
    }
    parts[(done % 2u * 256u + lid) % 512u] = sums;
    workgroupBarrier();
    var total = vec4f();
    for (var i = 0u; i < 16u; i += 1u) { total += parts[(done % 2u * 256u + i * 16u + lid % 16u) % 512u]; }

    var written = 0.0;
    if (inside) { written = v[value_head * params.v + column]; }
    if (!LOW_RANK) { written = first[value_head] * (written - total.x); }
    for (var i = 0u; i < ROWS; i += 1u) {
      state[i] += keys[i] * written;
      if (LOW_RANK) { state[i] += adds[i] * total.x; }
    }
    if (reads && part == 0u && inside) {
      var result = total.y + total.z * written;
      if (LOW_RANK) { result += total.w * total.x; }
      o[gate_head * params.v + column] = result;
    }
  }
  for (var i = 0u; i < ROWS; i += 1u) {
    let row = i * 16u + part;
    if (row >= params.k || !inside) { continue; }
    states[state_base + select(row * params.v + column, column * params.k + row, params.value_first == 1u)] = state[i];
  }
}
