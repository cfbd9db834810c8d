// Every 16-byte block of dst = the same two words twice.

//!include common/workgroup.wgsl

struct Params { group_base: u32, group_count: u32, blocks: u32, low: u32, high: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<vec4u>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group_index(wid, nwg);
  let i = g * 256u + lane;
  if (g < params.group_count && i < params.blocks) { dst[i] = vec4u(params.low, params.high, params.low, params.high); }
}
