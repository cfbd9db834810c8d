// The state before the first token as rows; an invocation per row.
//!include common/lightnet.wgsl
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> s0: array<f32>;
@group(0) @binding(2) var<storage, read> m0: array<f32>;
@group(0) @binding(3) var<storage, read> l0: array<f32>;
@group(0) @binding(4) var<storage, read_write> rows: array<vec4f>;
//!include common/workgroup.wgsl
//!include common/lightnet-state.wgsl

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  let i = g * 64u + lid;
  if (g >= params.group_count || i >= params.units * params.d) { return; }
  let unit = i / params.d;
  let channel = i % params.d;
  let gate = start_gate(gate_at(unit, channel));
  let to = row_at(unit, channel);
  rows[to] = vec4f(gate, 0.0, 0.0);
  for (var j = 0u; j < ROW; j += 1u) {
    var quad = vec4f();
    for (var c = 0u; c < 4u; c += 1u) {
      if (HAS_STATE && j * 4u + c < params.e) { quad[c] = s0[state_at(unit, channel, j * 4u + c)] * gate.y; }
    }
    rows[to + 1u + j] = quad;
  }
}
