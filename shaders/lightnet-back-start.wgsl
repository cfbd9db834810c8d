// The gradient of the state after the last token as rows: U = dS / l, and in place of a sum N = (rowsum(S dS) - dz) / l, at the
// last maximum. An invocation per row.
//!include common/lightnet.wgsl
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> s: array<f32>;
@group(0) @binding(2) var<storage, read> most: array<f32>;
@group(0) @binding(3) var<storage, read> sums: array<f32>;
@group(0) @binding(4) var<storage, read> ds: array<f32>;
@group(0) @binding(5) var<storage, read> dz: array<f32>;
@group(0) @binding(6) var<storage, read_write> rows: array<vec4f>;
//!include common/workgroup.wgsl

const V_FIRST: bool = false;
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
  let at = (params.first_unit + unit) * params.d;
  let to = row_at(unit, channel);
  let sum = sums[at + channel];
  var normal = 0.0;
  for (var j = 0u; j < ROW; j += 1u) {
    var quad = vec4f();
    for (var c = 0u; c < 4u; c += 1u) {
      let e = j * 4u + c;
      if (HAS_DS && e < params.e) {
        let source = at * params.e + select(channel * params.e + e, e * params.d + channel, V_FIRST);
        normal = fma(s[source], ds[source], normal);
        quad[c] = over(ds[source], sum);
      }
    }
    rows[to + 1u + j] = quad;
  }
  if (HAS_DZ) { normal -= dz[at + channel]; }
  let reference = select(most[at + channel], EMPTY, sum == 0.0);
  rows[to] = vec4f(reference, over(normal, sum), 0.0, 0.0);
}
