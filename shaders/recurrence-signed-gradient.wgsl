// The gradient of signed gates, which no logarithm reaches at 0: da_t = S_(t-1) . (dS_t - x_t dZ_t^T), where inside a chunk every
// element of the state and of its gradient runs by itself, S_t = a_t S_(t-1) + y_t r_t and back
// dS_(t-1) = a_t (dS_t - x_t dZ_t^T), once the residuals r and dZ are known. A workgroup has one unit, 16 channels at a time;
// of those, 16 invocations share the columns.
struct Params {
  group_base: u32,
  group_count: u32,
  chunk0: u32,
  slot0: u32,
  heads: u32,
  householders: u32,
  units: u32,
  k: u32,
  k_padded: u32,
  v: u32,
  v_padded: u32,
  chunk: u32,
  // One gate per key channel; otherwise one per row.
  per_channel: u32,
  // Slots from the first bound state to the first bound gradient of a state.
  gradient_slot0: u32,
  tokens: u32,
  order: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec4u>;
@group(0) @binding(2) var<storage, read> gate: array<f32>;
// [queries, rows, columns][unit][chunk][k]
@group(0) @binding(3) var<storage, read> operands: array<f32>;
// [residual, dO, dZ][unit][chunk][v]
@group(0) @binding(4) var<storage, read> values: array<f32>;
// [slot][k][v]
@group(0) @binding(5) var<storage, read> states: array<f32>;
@group(0) @binding(6) var<storage, read> state_gradients: array<f32>;
@group(0) @binding(7) var<storage, read_write> gradient: array<f32>;

//!include common/workgroup.wgsl
//!include common/recurrence-chunks.wgsl
//!include common/recurrence-order.wgsl

var<workgroup> parts: array<f32, 256>;

fn gate_row(entry: vec4u, head: u32, row: u32) -> u32 {
  return token_row(entry, entry.x + row, head, params.heads);
}

fn has_gate(entry: vec4u, row: u32) -> bool {
  return row < entry.y && (entry.x + row) % params.householders == 0u;
}

fn factor(entry: vec4u, head: u32, row: u32, channel: u32) -> f32 {
  if (!has_gate(entry, row)) { return 1.0; }
  let at = gate_row(entry, head, row);
  return gate[select(at, at * params.k + channel, params.per_channel == 1u)];
}

// Adds to `sums` what one column gives to the gates of one channel.
fn through_column(entry: vec4u, unit: u32, channel: u32, column: u32, sums: ptr<function, array<f32, 64>>) {
  let head = unit % params.heads;
  let role = params.units * params.chunk * params.k_padded;
  let value_role = params.units * params.chunk * params.v_padded;
  let slot = slot_of(unit);
  let in_state = channel * params.v_padded + column;
  let size = params.k_padded * params.v_padded;
  var before: array<f32, 64>;
  var state = states[slot * size + in_state];
  for (var row = 0u; row < params.chunk; row += 1u) {
    before[row] = state;
    let at = (unit * params.chunk + row) * params.k_padded + channel;
    let residual = values[(unit * params.chunk + row) * params.v_padded + column];
    state = factor(entry, head, row, channel) * state + operands[at + 2u * role] * residual;
  }
  var back = state_gradients[(slot - params.gradient_slot0 * params.heads) * size + in_state];
  for (var passed = 1u; passed <= params.chunk; passed += 1u) {
    let row = params.chunk - passed;
    let at = (unit * params.chunk + row) * params.k_padded + channel;
    let value = (unit * params.chunk + row) * params.v_padded + column;
    back += operands[at] * values[value + value_role] - operands[at + role] * values[value + 2u * value_role];
    (*sums)[row] += back * before[row];
    back *= factor(entry, head, row, channel);
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let unit = group_index(wid, nwg);
  if (unit >= params.group_count) { return; }
  let entry = chunk_of(unit);
  let per_channel = params.per_channel == 1u;
  var sums: array<f32, 64>;
  for (var channel0 = 0u; channel0 < params.k; channel0 += 16u) {
    let channel = channel0 + lid / 16u;
    if (per_channel) { sums = array<f32, 64>(); }
    for (var column = lid % 16u; column < params.v; column += 16u) {
      if (channel < params.k) { through_column(entry, unit, channel, column, &sums); }
    }
    // One sum per channel, or one of all channels at the end.
    if (!per_channel && channel0 + 16u < params.k) { continue; }
    for (var row = 0u; row < params.chunk; row += 1u) {
      parts[lid % 256u] = sums[row];
      workgroupBarrier();
      let lanes = select(256u, 16u, per_channel);
      if (lid % lanes == 0u && channel < params.k && has_gate(entry, row)) {
        var total = 0.0;
        for (var lane = 0u; lane < lanes; lane += 1u) { total += parts[(lid + lane) % 256u]; }
        let at = gate_row(entry, unit % params.heads, row);
        gradient[select(at, at * params.k + channel, per_channel)] = total;
      }
      workgroupBarrier();
    }
  }
}
