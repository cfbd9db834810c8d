// The gradient of one gate per row: sums of common/recurrence-gate-gradient.wgsl over the channels and from the chunk's end.
// A workgroup has one unit.
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
  v_padded: u32,
  gate_width: u32,
  chunk: u32,
  gate: u32,
  // Of the operands, and whether the rows of the inverse stand before the gate of their step.
  roles: u32,
  exclusive: u32,
  // Slots from the first bound state to the first bound gradient of a state.
  gradient_slot0: u32,
  tokens: u32,
  order: u32,
  pad0: u32,
  pad1: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec4u>;
@group(0) @binding(2) var<storage, read> decays: array<u32>;
@group(0) @binding(3) var<storage, read> operands: array<f32>;
@group(0) @binding(4) var<storage, read> gradients: array<f32>;
// [slot][k][v]
@group(0) @binding(5) var<storage, read> states: array<vec4f>;
@group(0) @binding(6) var<storage, read> state_gradients: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> gradient: array<f32>;

//!include common/workgroup.wgsl
//!include common/recurrence-chunks.wgsl
//!include common/recurrence-order.wgsl
//!include common/recurrence-decay.wgsl
//!include common/recurrence-gate-gradient.wgsl

var<workgroup> parts: array<f32, 256>;
var<workgroup> rows: array<f32, 64>;

fn total(values: f32, lid: u32) -> f32 {
  parts[lid % 256u] = values;
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lid < half) { parts[lid % 256u] += parts[(lid + half) % 256u]; }
  }
  workgroupBarrier();
  return parts[0];
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
  let slot = slot_of(unit);
  let gradient_slot = slot - params.gradient_slot0 * params.heads;
  let size = params.k_padded * params.v_padded / 4u;
  var of_end = 0.0;
  for (var e = lid; e < size; e += 256u) {
    of_end += dot(states[(slot + params.heads) * size + e], state_gradients[gradient_slot * size + e]);
  }
  let end = total(of_end, lid);
  workgroupBarrier();

  let lanes = 256u / params.chunk;
  let row = lid / lanes;
  var of_row = 0.0;
  for (var channel = lid % lanes; channel < params.k; channel += lanes) {
    of_row += terms((unit * params.chunk + row) * params.k_padded + channel, row);
  }
  parts[lid % 256u] = of_row;
  workgroupBarrier();
  if (lid < params.chunk) {
    var sum = 0.0;
    for (var lane = 0u; lane < lanes; lane += 1u) { sum += parts[(lid * lanes + lane) % 256u]; }
    rows[lid % 64u] = sum;
  }
  workgroupBarrier();
  if (lid >= entry.y) { return; }
  let step = entry.x + lid;
  if (step % params.householders != 0u) { return; }
  var sum = end;
  for (var i = params.chunk; i > lid; i -= 1u) { sum += rows[i - 1u]; }
  let at = token_row(entry, step, unit % params.heads, params.heads);
  gradient[at] = select(sum, 0.0, is_reset(unit, lid, 0u));
}
