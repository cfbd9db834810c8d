// The state after the last token from rows; an invocation per row. Without tokens it is the state before, to the bit.
//!include common/lightnet.wgsl
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<vec4f>;
@group(0) @binding(2) var<storage, read> s0: array<f32>;
@group(0) @binding(3) var<storage, read_write> s: array<f32>;
@group(0) @binding(4) var<storage, read_write> most: array<f32>;
@group(0) @binding(5) var<storage, read_write> sums: array<f32>;
//!include common/workgroup.wgsl

const V_FIRST: bool = false;
const HAS_STATE: bool = false;

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
  let at = (params.first_unit + unit) * params.d;
  let gate = rows[source];
  most[at + channel] = bitcast<f32>(select(bitcast<u32>(gate.x), 0xff800000u, gate.y == 0.0));
  sums[at + channel] = gate.y;
  for (var e = 0u; e < params.e; e += 1u) {
    let to = at * params.e + select(channel * params.e + e, e * params.d + channel, V_FIRST);
    var value = over(rows[source + 1u + e / 4u][e % 4u], gate.y);
    if (params.tokens == 0u) {
      value = 0.0;
      if (HAS_STATE) { value = s0[to]; }
    }
    s[to] = value;
  }
}
