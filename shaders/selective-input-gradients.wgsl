// The last steps of the selective scan's gradients: du += d g, and step sizes' gradients through softplus to those of delta.
struct Params { group_base: u32, group_count: u32, count: u32, steps: u32, channels: u32, d_steps: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> results: array<f32>;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read> delta: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> d: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_u: array<f32>;
@group(0) @binding(7) var<storage, read_write> d_delta: array<f32>;

//!include common/workgroup.wgsl
//!include common/math.wgsl

const HAS_BIAS: bool = false;
const HAS_SKIP: bool = false;
const SOFTPLUS: bool = false;

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
  let channel = i / params.steps % params.channels;
  var by_u = results[i];
  if (HAS_SKIP) { by_u = fma(d[channel], gradient[i], by_u); }
  d_u[i] = by_u;
  var by_delta = results[params.d_steps + i];
  if (SOFTPLUS) {
    var x = delta[i];
    if (HAS_BIAS) { x += bias[channel]; }
    by_delta *= sigmoid4(vec4f(x)).x;
  }
  d_delta[i] = by_delta;
}
