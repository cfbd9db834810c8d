// Gradients of the causal convolution by its weights and bias: a workgroup sums one tap of one channel over entries and steps.

//!include common/causal-conv.wgsl
//!include common/workgroup.wgsl

@group(0) @binding(5) var<storage, read> gradients: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_weight: array<f32>;
@group(0) @binding(7) var<storage, read_write> d_bias: array<f32>;

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  // The tap past the last stands for the bias.
  let channel = g / (params.width + 1u);
  let tap = g % (params.width + 1u);
  let entries = params.rows / params.channels;
  var sum = 0.0;
  for (var i = lid; i < entries * params.steps; i += 64u) {
    let row = i / params.steps * params.channels + channel;
    let t = i % params.steps;
    var factor = 1.0;
    if (tap < params.width) { factor = sequence_at(row, t + tap); }
    sum = fma(gradients[row * params.steps + t], factor, sum);
  }
  sums[lid] = sum;
  workgroupBarrier();
  for (var width = 32u; width > 0u; width /= 2u) {
    if (lid < width) { sums[lid] += sums[lid + width]; }
    workgroupBarrier();
  }
  if (lid > 0u) { return; }
  if (tap < params.width) { d_weight[channel * params.width + tap] = sums[0]; } else if (HAS_BIAS) { d_bias[channel] = sums[0]; }
}
