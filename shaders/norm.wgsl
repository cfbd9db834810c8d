// Layer or RMS normalisation of each row of n, a workgroup per row: mean and variance in two passes.

//!include common/workgroup.wgsl

struct Params { group_base: u32, group_count: u32, n: u32, eps: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> dst: array<f32>;

const CENTRED: bool = true;
const HAS_WEIGHT: bool = true;
const HAS_BIAS: bool = true;

var<workgroup> shared_sums: array<f32, 256>;

fn total(sum: f32, lane: u32) -> f32 {
  workgroupBarrier();
  shared_sums[lane] = sum;
  for (var width = 128u; width > 0u; width >>= 1u) {
    workgroupBarrier();
    if (lane < width) { shared_sums[lane] += shared_sums[lane + width]; }
  }
  workgroupBarrier();
  return shared_sums[0];
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group_index(wid, nwg);
  if (row >= params.group_count) { return; }
  let first = row * params.n;
  var mean = 0.0;
  if (CENTRED) {
    // About the first element, so that a large mean costs no digits.
    let origin = src[first];
    var sum = 0.0;
    for (var k = lane; k < params.n; k += 256u) { sum += src[first + k] - origin; }
    mean = origin + total(sum, lane) / f32(params.n);
  }
  var squares = 0.0;
  for (var k = lane; k < params.n; k += 256u) {
    let d = src[first + k] - mean;
    squares = fma(d, d, squares);
  }
  let scale = 1.0 / sqrt(total(squares, lane) / f32(params.n) + params.eps);
  for (var k = lane; k < params.n; k += 256u) {
    var y = (src[first + k] - mean) * scale;
    if (HAS_WEIGHT) { y *= weight[k]; }
    if (HAS_BIAS) { y += bias[k]; }
    dst[first + k] = y;
  }
}
