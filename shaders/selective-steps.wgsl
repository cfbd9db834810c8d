// Step sizes of the selective scan: delta + bias of the channel, through softplus if asked.
struct Params { group_base: u32, group_count: u32, count: u32, steps: u32, channels: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> delta: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> step_sizes: array<f32>;

//!include common/workgroup.wgsl
//!include common/math.wgsl

const HAS_BIAS: bool = false;
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
  var x = delta[i];
  if (HAS_BIAS) { x += bias[i / params.steps % params.channels]; }
  // Above 20 softplus is the identity, as the reference has it.
  if (SOFTPLUS) { x = select(log1p4(exp4(vec4f(min(x, 20.0)))).x, x, x > 20.0); }
  step_sizes[i] = x;
}
