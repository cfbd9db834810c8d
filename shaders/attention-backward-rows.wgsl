// What the backward passes need of every query row: its log-sum-exp and dO . o; then the slopes, to save them a binding.
// stats: [log-sum-exp of batch, head, row | dO . o of batch, head, row | slope of head]
struct Params {
  group_base: u32,
  group_count: u32,
  rows: u32,
  heads: u32,
  // batch heads rows
  all_rows: u32,
  dv: u32,
  o_batch: u32,
  o_head: u32,
  o_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> o: array<f32>;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read> slopes: array<f32>;
@group(0) @binding(5) var<storage, read_write> stats: array<f32>;

//!include common/workgroup.wgsl

const HAS_SLOPES: bool = false;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  let row = g * 256u + lid;
  if (g >= params.group_count) { return; }
  if (HAS_SLOPES && row < params.heads) { stats[2u * params.all_rows + row] = slopes[row]; }
  if (row >= params.all_rows) { return; }
  let which = row / params.rows;
  let at = which / params.heads * params.o_batch + which % params.heads * params.o_head + row % params.rows * params.o_row;
  var sum = 0.0;
  for (var c = 0u; c < params.dv; c += 1u) { sum += o[at + c] * gradient[at + c]; }
  stats[row] = lse[row];
  stats[params.all_rows + row] = sum;
}
