// The gradient of a head's sink: -sum over batch and rows of e^(sink - lse) dO . o. A workgroup takes one head; `stats` are
// those of attention-backward-rows.wgsl.
//!include common/math.wgsl

struct Params {
  group_base: u32,
  group_count: u32,
  rows: u32,
  heads: u32,
  all_rows: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> stats: array<f32>;
@group(0) @binding(2) var<storage, read> sinks: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;

//!include common/workgroup.wgsl

var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let head = group_index(wid, nwg);
  if (head >= params.group_count) { return; }
  let rows_of_head = params.all_rows / params.heads;
  var sum = 0.0;
  for (var i = lid; i < rows_of_head; i += 256u) {
    let row = (i / params.rows * params.heads + head) * params.rows + i % params.rows;
    sum -= exp4(vec4f(sinks[head] - stats[row])).x * stats[params.all_rows + row];
  }
  sums[lid] = sum;
  workgroupBarrier();
  for (var width = 128u; width > 0u; width /= 2u) {
    if (lid < width) { sums[lid] += sums[(lid + width) % 256u]; }
    workgroupBarrier();
  }
  if (lid == 0u) { result[head] = sums[0]; }
}
