// Gradients of the causal convolution by its state and x: ds_p = sum_j weight_j g_(p-j), and what comes from the new state.
struct Params {
  group_base: u32,
  group_count: u32,
  rows: u32,
  channels: u32,
  steps: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> gradients: array<f32>;
@group(0) @binding(3) var<storage, read> d_state: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_x: array<f32>;
@group(0) @binding(5) var<storage, read_write> d_initial: array<f32>;

//!include common/workgroup.wgsl

const HAS_D_STATE: bool = false;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let past = params.width - 1u;
  let each = params.steps + past;
  let row = (g * 256u + lid) / each;
  let p = (g * 256u + lid) % each;
  if (row >= params.rows) { return; }
  var sum = 0.0;
  if (HAS_D_STATE && p >= params.steps) { sum = d_state[row * past + p - params.steps]; }
  for (var j = 0u; j < params.width; j++) {
    if (p >= j && p - j < params.steps) {
      sum = fma(weight[row % params.channels * params.width + j], gradients[row * params.steps + p - j], sum);
    }
  }
  if (p < past) { d_initial[row * past + p] = sum; } else { d_x[row * params.steps + p - past] = sum; }
}
