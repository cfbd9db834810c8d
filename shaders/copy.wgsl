// dst[i] = src[i] in units of 16 bytes: the yardstick for everything that is bound by memory.
struct Params {
  group_base: u32,
  group_count: u32,
  quads: u32,
  unused: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> dst: array<vec4u>;

//!include common/workgroup.wgsl

// Two loads in flight per invocation, each coalesced over the workgroup: more, or a grid-stride loop, is slower.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let i = g * 512u + lid;
  let j = i + 256u;
  let first = src[min(i, params.quads - 1u)];
  let second = src[min(j, params.quads - 1u)];
  if (i < params.quads) { dst[i] = first; }
  if (j < params.quads) { dst[j] = second; }
}
