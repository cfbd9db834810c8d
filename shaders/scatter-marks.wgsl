// Bit i of marks[k] = indices[i] is k: which updates each row of a scatter takes, in order, whatever order they are found in.

//!include common/workgroup.wgsl

struct Params {
  group_base: u32,
  group_count: u32,
  extent: u32,
  count: u32,
  // Words of a row's marks.
  words: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read_write> marks: array<atomic<u32>>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group_index(wid, nwg);
  let i = g * 256u + lane;
  if (g >= params.group_count || i >= params.count) { return; }
  let k = indices[i];
  if (k < params.extent) { atomicOr(&marks[k * params.words + i / 32u], 1u << (i % 32u)); }
}
