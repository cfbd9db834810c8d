// y = (read-out + d u) silu(z) of the selective scan.
struct Params { group_base: u32, group_count: u32, count: u32, steps: u32, channels: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> read_out: array<f32>;
@group(0) @binding(2) var<storage, read> u: array<f32>;
@group(0) @binding(3) var<storage, read> d: array<f32>;
@group(0) @binding(4) var<storage, read> z: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

//!include common/workgroup.wgsl
//!include common/math.wgsl

const HAS_SKIP: bool = false;
const HAS_GATE: bool = false;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let i = g * 256u + lid;
  if (i >= params.count) { return; }
  var value = read_out[i];
  if (HAS_SKIP) { value = fma(d[i / params.steps % params.channels], u[i], value); }
  if (HAS_GATE) { value *= z[i] * sigmoid4(vec4f(z[i])).x; }
  y[i] = value;
}
