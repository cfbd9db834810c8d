// Layer or RMS normalisation of each row of n, a multiple of 4: mean and variance in two passes.

//!include common/workgroup.wgsl
//!include common/rows.wgsl
//!include common/row-quads.wgsl

struct Params { group_base: u32, group_count: u32, rows: u32, n: u32, inner: u32, eps: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<vec4f>;
@group(0) @binding(2) var<storage, read> weight: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> dst: array<vec4f>;

const CENTRED: bool = true;
const HAS_WEIGHT: bool = true;
const HAS_BIAS: bool = true;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let share = share_of(g, lane);
  let count = quad_count(share);
  fetch(share, count);
  var mean = 0.0;
  if (CENTRED) {
    // About the first element, so that a large mean costs no digits.
    let origin = src[share.first / 4u].x;
    var sums = vec4f(0.0);
    for (var j = 0u; j < loop_end(count); j++) {
      if (j < count) { sums += quad_at(share, j) - origin; }
    }
    mean = origin + row_sum(dot(sums, vec4f(1.0)), share, lane) / f32(params.n);
  }
  var squares = vec4f(0.0);
  for (var j = 0u; j < loop_end(count); j++) {
    if (j < count) {
      let d = quad_at(share, j) - mean;
      squares = fma(d, d, squares);
    }
  }
  let scale = 1.0 / sqrt(row_sum(dot(squares, vec4f(1.0)), share, lane) / f32(params.n) + params.eps);
  for (var j = 0u; j < loop_end(count); j++) {
    if (j < count) {
      let column = share.part + j * LANES;
      var y = (quad_at(share, j) - mean) * scale;
      if (HAS_WEIGHT) { y *= weight[column]; }
      if (HAS_BIAS) { y += bias[column]; }
      dst[quad_place(share, j)] = y;
    }
  }
}
