// Sums over entries and steps of [B, D, L], or of the products of two such: a workgroup makes the sum of one channel.
struct Params { group_base: u32, group_count: u32, batch: u32, channels: u32, steps: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;

//!include common/workgroup.wgsl

const PRODUCTS: bool = false;

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  var sum = 0.0;
  for (var i = lid; i < params.batch * params.steps; i += 64u) {
    let at = (i / params.steps * params.channels + g) * params.steps + i % params.steps;
    var term = x[at];
    if (PRODUCTS) { term *= y[at]; }
    sum += term;
  }
  sums[lid] = sum;
  workgroupBarrier();
  for (var width = 32u; width > 0u; width /= 2u) {
    if (lid < width) { sums[lid] += sums[lid + width]; }
    workgroupBarrier();
  }
  if (lid == 0u) { result[g] = sums[0]; }
}
