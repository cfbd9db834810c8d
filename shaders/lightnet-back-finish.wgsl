// The gradient of the state before the first token from rows: ds0 = l0 U, dz0 = rowsum(s0 ds0) - l0 N, at the maximum before.
// Without tokens the gradients of the state after pass on. An invocation per row.
//!include common/lightnet.wgsl
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<vec4f>;
@group(0) @binding(2) var<storage, read> s0: array<f32>;
@group(0) @binding(3) var<storage, read> m0: array<f32>;
@group(0) @binding(4) var<storage, read> l0: array<f32>;
@group(0) @binding(5) var<storage, read> ds: array<f32>;
@group(0) @binding(6) var<storage, read> dz: array<f32>;
@group(0) @binding(7) var<storage, read_write> ds0: array<f32>;
@group(0) @binding(8) var<storage, read_write> dz0: array<f32>;
//!include common/workgroup.wgsl
//!include common/lightnet-state.wgsl

const HAS_DS: bool = false;
const HAS_DZ: bool = false;

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
  let source = row_at(unit, channel);
  let c = gate_at(unit, channel);
  let gate = start_gate(c);
  let factor = exp_nonpositive(-abs(gate.x - rows[source].x)) * gate.y;
  var sum = -factor * rows[source].y;
  for (var e = 0u; e < params.e; e += 1u) {
    let to = state_at(unit, channel, e);
    var value = rows[source + 1u + e / 4u][e % 4u] * factor;
    if (params.tokens == 0u) {
      value = 0.0;
      if (HAS_DS) { value = ds[to]; }
    }
    ds0[to] = value;
    if (HAS_STATE) { sum = fma(s0[to], value, sum); }
  }
  if (params.tokens == 0u) {
    sum = 0.0;
    if (HAS_DZ) { sum = dz[c]; }
  }
  dz0[c] = sum;
}
