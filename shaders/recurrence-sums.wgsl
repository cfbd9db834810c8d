// Sums of the gradients that many made of what they shared: element i of the result takes `major` times `minor` of them.
struct Params {
  group_base: u32,
  group_count: u32,
  count: u32,
  // elements of the result that lie side by side in x too, and from one such run in x to the next
  inner: u32,
  outer_step: u32,
  minor: u32,
  minor_step: u32,
  major: u32,
  major_step: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;

//!include common/workgroup.wgsl

// A workgroup makes one element, not 64.
const TOGETHER: bool = false;

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let index = select(g * 64u + lid, g, TOGETHER);
  let start = index / params.inner * params.outer_step + index % params.inner;
  var sum = 0.0;
  if (index < params.count) {
    for (var i = select(0u, lid, TOGETHER); i < params.minor * params.major; i += select(1u, 64u, TOGETHER)) {
      sum += x[start + i % params.minor * params.minor_step + i / params.minor * params.major_step];
    }
    if (!TOGETHER) { result[index] = sum; }
  }
  if (!TOGETHER) { return; }
  sums[lid] = sum;
  workgroupBarrier();
  for (var width = 32u; width > 0u; width /= 2u) {
    if (lid < width) { sums[lid] += sums[(lid + width) % 64u]; }
    workgroupBarrier();
  }
  if (lid == 0u) { result[index] = sums[0]; }
}
