// Layer or RMS normalisation of each row of n: mean and variance in two passes.

//!include common/workgroup.wgsl
//!include common/rows.wgsl

struct Params { group_base: u32, group_count: u32, rows: u32, n: u32, inner: u32, eps: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> dst: array<f32>;

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
  let end = select(0u, params.n, share.exists);
  var mean = 0.0;
  if (CENTRED) {
    // About the first element, so that a large mean costs no digits.
    let origin = src[share.first];
    var sum = 0.0;
    for (var k = share.part; k < end; k += LANES) { sum += src[share.first + k] - origin; }
    mean = origin + row_sum(sum, share, lane) / f32(params.n);
  }
  var squares = 0.0;
  for (var k = share.part; k < end; k += LANES) {
    let d = src[share.first + k] - mean;
    squares = fma(d, d, squares);
  }
  let scale = 1.0 / sqrt(row_sum(squares, share, lane) / f32(params.n) + params.eps);
  for (var k = share.part; k < end; k += LANES) {
    var y = (src[share.first + k] - mean) * scale;
    if (HAS_WEIGHT) { y *= weight[k]; }
    if (HAS_BIAS) { y += bias[k]; }
    dst[share.first + k] = y;
  }
}
