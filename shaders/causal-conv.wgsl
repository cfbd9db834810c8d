// Outputs of the causal convolution, and behind each row's the new state; an invocation writes one element of either.

//!include common/causal-conv.wgsl
//!include common/workgroup.wgsl
//!include common/math.wgsl

@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<storage, read_write> state: array<f32>;

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
  let t = (g * 256u + lid) % each;
  if (row >= params.rows) { return; }
  if (t >= params.steps) {
    state[row * past + t - params.steps] = sequence_at(row, t);
    return;
  }
  let sum = sum_at(row, t);
  y[row * params.steps + t] = select(sum, sum * sigmoid4(vec4f(sum)).x, SILU);
}
