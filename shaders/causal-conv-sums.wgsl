// Gradients of the causal convolution's sums before the activation: dY f'(sum).

//!include common/causal-conv.wgsl
//!include common/workgroup.wgsl
//!include common/math.wgsl

@group(0) @binding(5) var<storage, read> d_y: array<f32>;
@group(0) @binding(6) var<storage, read_write> gradients: array<f32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let i = g * 256u + lid;
  if (i >= params.rows * params.steps) { return; }
  var gradient = d_y[i];
  if (SILU) {
    let sum = sum_at(i / params.steps, i % params.steps);
    let s = sigmoid4(vec4f(sum)).x;
    gradient *= s * fma(sum, 1.0 - s, 1.0);
  }
  gradients[i] = gradient;
}
