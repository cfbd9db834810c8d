// The gradient of a gate per key channel: sums of common/recurrence-gate-gradient.wgsl from the chunk's end. An invocation
// walks up one channel of a unit.
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
  invocations: u32,
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

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let invocation = g * 256u + lid;
  if (invocation >= params.invocations) { return; }
  let channel = invocation % params.k;
  let unit = invocation / params.k;
  let entry = chunk_of(unit);
  let quads = params.v_padded / 4u;
  let slot = slot_of(unit);
  let gradient_slot = slot - params.gradient_slot0 * params.heads;
  var sum = 0.0;
  for (var i = 0u; i < quads; i += 1u) {
    let end = states[((slot + params.heads) * params.k_padded + channel) * quads + i];
    sum += dot(end, state_gradients[(gradient_slot * params.k_padded + channel) * quads + i]);
  }
  for (var row = params.chunk; row > 0u; row -= 1u) {
    let i = row - 1u;
    sum += terms((unit * params.chunk + i) * params.k_padded + channel, i);
    let step = entry.x + i;
    if (i >= entry.y || step % params.householders != 0u) { continue; }
    let at = token_row(entry, step, unit % params.heads, params.heads) * params.k + channel;
    gradient[at] = select(sum, 0.0, is_reset(unit, i, channel));
  }
}
