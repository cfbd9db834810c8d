// Gradients through the gate of the selective scan: g = dY silu(z), dz = dY (read-out + d u) silu'(z).
struct Params { group_base: u32, group_count: u32, count: u32, steps: u32, channels: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> read_out: array<f32>;
@group(0) @binding(2) var<storage, read> u: array<f32>;
@group(0) @binding(3) var<storage, read> d: array<f32>;
@group(0) @binding(4) var<storage, read> z: array<f32>;
@group(0) @binding(5) var<storage, read> d_y: array<f32>;
@group(0) @binding(6) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(7) var<storage, read_write> d_z: array<f32>;

//!include common/workgroup.wgsl
//!include common/math.wgsl

const HAS_SKIP: bool = false;

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
  var y = read_out[i];
  if (HAS_SKIP) { y = fma(d[i / params.steps % params.channels], u[i], y); }
  let s = sigmoid4(vec4f(z[i])).x;
  d_z[i] = d_y[i] * y * s * fma(z[i], 1.0 - s, 1.0);
  gradient[i] = d_y[i] * z[i] * s;
}
