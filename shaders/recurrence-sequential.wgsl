// The recurrence step by step, in one dispatch: for short sequences and single steps. A workgroup holds 16 columns of one
// state in registers: invocation (key group, column) the channels key group + 16 i of k. Rows pass by four at a time.
//!include common/quad.wgsl
//!include common/math.wgsl
//!include common/recurrence-operand.wgsl

struct Params {
  group_base: u32,
  group_count: u32,
  // of every sequence, unless they are packed
  steps: u32,
  // value heads
  heads: u32,
  keys: u32,
  values: u32,
  scale: f32,
  share: u32,
  q: Operand,
  k: Operand,
  v: Operand,
  gate: Operand,
  result: Operand,
  key_step: u32,
  value_step: u32,
  first_sequence: u32,
  flags: u32,
  // packed ones: where the sequences of this dispatch begin and end
  offsets: array<vec4u, 8>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<u32>;
@group(0) @binding(2) var<storage, read> k: array<u32>;
@group(0) @binding(3) var<storage, read> v: array<u32>;
@group(0) @binding(4) var<storage, read> gate: array<u32>;
@group(0) @binding(5) var<storage, read> bonus: array<f32>;
@group(0) @binding(6) var<storage, read> initial: array<f32>;
@group(0) @binding(7) var<storage, read_write> result: array<u32>;
@group(0) @binding(8) var<storage, read_write> last: array<f32>;

//!include common/workgroup.wgsl
//!include common/recurrence-bonus.wgsl

const EXCLUSIVE: bool = false;
const FORMAT: u32 = 8;
const GATE_FORMAT: u32 = 8;
// 0 none, 1 a log-decay per head, 2 log-decays per row, 3 decays of either sign per row, 4 and 5 the same per channel
const GATE: u32 = 0;
// Channels of k, rounded up to 16.
const KEYS: u32 = 64;

const ROWS: u32 = 4;

var<workgroup> q_rows: array<f32, ROWS * KEYS>;
var<workgroup> k_rows: array<f32, ROWS * KEYS>;
// Decays less 1, which keeps the digits of a slow one.
var<workgroup> changes: array<f32, ROWS * KEYS>;
// Parts of o: [row][key group][column].
var<workgroup> parts: array<f32, ROWS * 256u>;

fn element_of(word: u32, at: u32, format: u32) -> f32 {
  if (format == 8u) { return bitcast<f32>(word); }
  let code = (word >> (at % 2u * 16u)) & 0xffffu;
  if (format == 0u) { return unpack2x16float(code).x; }
  return bitcast<f32>(code << 16u);
}

fn word_of(at: u32, format: u32) -> u32 {
  return select(at / 2u, at, format == 8u);
}

fn change_of(at: u32) -> f32 {
  let value = element_of(gate[word_of(at, GATE_FORMAT)], at, GATE_FORMAT);
  if (GATE % 2u == 1u && GATE > 1u) { return value - 1.0; }
  return select(expm1_4(vec4f(value)).x, -1.0, bitcast<u32>(value) == 0xff800000u || value < -88.0);
}

fn start_of(at: Operand, batch: u32, first: u32, head: u32) -> u32 {
  return batch * at.batch + head / at.share * at.head + first * at.row;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let slices = (params.values + 15u) / 16u;
  let head = g / slices % params.heads;
  let sequence = g / slices / params.heads;
  var batch = sequence;
  var first = 0u;
  var steps = params.steps;
  if (is_packed()) {
    batch = 0u;
    first = params.offsets[sequence / 4u][sequence % 4u];
    steps = params.offsets[(sequence + 1u) / 4u][(sequence + 1u) % 4u] - first;
  }
  if (is_backwards()) { first += steps - 1u; }
  let group = lid / 16u;
  let column = g % slices * 16u + lid % 16u;
  let q_start = start_of(params.q, batch, first, head);
  let k_start = start_of(params.k, batch, first, head);
  let v_start = start_of(params.v, batch, first, head);
  let gate_start = start_of(params.gate, batch, first, head);
  let result_start = start_of(params.result, batch, first, head);
  let outer = ((params.first_sequence + sequence) * params.heads + head) * params.keys * params.values + column * params.value_step;

  var state: array<f32, KEYS / 16u>;
  var factors: array<f32, KEYS / 16u>;
  for (var i = 0u; i < KEYS / 16u; i += 1u) {
    let key = group + 16u * i;
    if (has_initial() && key < params.keys && column < params.values) { state[i] = initial[outer + key * params.key_step]; }
    if (HAS_BONUS && key < params.keys) { factors[i] = bonus_of(head, key / 4u)[key % 4u]; }
  }
  for (var row0 = 0u; row0 < steps; row0 += ROWS) {
    for (var e = lid; e < ROWS * KEYS; e += 256u) {
      let row = row0 + e / KEYS;
      let key = e % KEYS;
      let exists = row < steps && key < params.keys;
      q_rows[e] = 0.0;
      k_rows[e] = 0.0;
      changes[e] = 0.0;
      if (exists) {
        let q_at = q_start + row * step_of(params.q) + key;
        let k_at = k_start + row * step_of(params.k) + key;
        q_rows[e] = params.scale * element_of(q[word_of(q_at, FORMAT)], q_at, FORMAT);
        k_rows[e] = element_of(k[word_of(k_at, FORMAT)], k_at, FORMAT);
        if (GATE == 1u) { changes[e] = change_of(head); }
        if (GATE > 1u) { changes[e] = change_of(gate_start + row * step_of(params.gate) + select(0u, key, GATE > 3u)); }
      }
    }
    workgroupBarrier();
    for (var r = 0u; r < ROWS; r += 1u) {
      var value = 0.0;
      if (row0 + r < steps && column < params.values) {
        let at = v_start + (row0 + r) * step_of(params.v) + column;
        value = element_of(v[word_of(at, FORMAT)], at, FORMAT);
      }
      var sum = 0.0;
      for (var i = 0u; i < KEYS / 16u; i += 1u) {
        let at = r * KEYS + group + 16u * i;
        let written = k_rows[at] * value;
        if (EXCLUSIVE) { sum += q_rows[at] * fma(factors[i], written, state[i]); }
        state[i] = fma(changes[at], state[i], state[i]) + written;
        if (!EXCLUSIVE) { sum += q_rows[at] * state[i]; }
      }
      parts[r * 256u + lid] = sum;
    }
    workgroupBarrier();
    let row = row0 + lid / 8u;
    let pair = lid % 8u * 2u;
    let to = g % slices * 16u + pair;
    if (lid < 32u && row < steps && to < params.values) {
      var sums = vec4f();
      for (var i = 0u; i < 16u; i += 1u) {
        let at = lid / 8u * 256u + i * 16u + pair;
        sums += vec4f(parts[at], parts[at + 1u], 0.0, 0.0);
      }
      let codes = float_codes(sums, FORMAT);
      let at = result_start + row * step_of(params.result) + to;
      if (FORMAT == 8u) {
        result[at] = codes.x;
        if (to + 1u < params.values) { result[at + 1u] = codes.y; }
      } else {
        result[at / 2u] = codes.x | (codes.y << 16u);
      }
    }
  }
  for (var i = 0u; i < KEYS / 16u; i += 1u) {
    let key = group + 16u * i;
    if (key < params.keys && column < params.values) { last[outer + key * params.key_step] = state[i]; }
  }
}
