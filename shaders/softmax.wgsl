// softmax, log-softmax or log-sum-exp of each row of n, a workgroup per row. The elements of a row are `inner` apart.

//!include common/workgroup.wgsl
//!include common/math.wgsl
//!include common/rank.wgsl

struct Params { group_base: u32, group_count: u32, n: u32, inner: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read_write> dst: array<f32>;

// 0 softmax, 1 log-softmax, 2 log-sum-exp.
const KIND: u32 = 0u;
const FORMAT: u32 = 8u;

var<workgroup> shared_ranks: array<u32, 256>;
var<workgroup> shared_sums: array<f32, 256>;

fn exp1(x: f32) -> f32 {
  return exp4(vec4f(x)).x;
}

// The greatest of all lanes' ranks.
fn greatest(rank: u32, lane: u32) -> u32 {
  shared_ranks[lane] = rank;
  for (var width = 128u; width > 0u; width >>= 1u) {
    workgroupBarrier();
    if (lane < width) { shared_ranks[lane] = max(shared_ranks[lane], shared_ranks[lane + width]); }
  }
  workgroupBarrier();
  return shared_ranks[0];
}

fn total(sum: f32, lane: u32) -> f32 {
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
  let first = row / params.inner * params.n * params.inner + row % params.inner;
  var rank = rank_of(0xff800000u, false);
  for (var k = lane; k < params.n; k += 256u) {
    rank = max(rank, rank_of(bitcast<u32>(src[first + k * params.inner]), false));
  }
  let centre = bitcast<f32>(value_of(greatest(rank, lane), false));
  var sum = 0.0;
  for (var k = lane; k < params.n; k += 256u) { sum += exp1(src[first + k * params.inner] - centre); }
  let whole = total(sum, lane);
  let logarithm = log4(vec4f(whole)).x;
  if (KIND == 2u) {
    let finite = (bitcast<u32>(centre) & 0x7fffffffu) < 0x7f800000u;
    if (lane == 0u) { dst[row] = select(centre, centre + logarithm, finite); }
    return;
  }
  for (var k = lane; k < params.n; k += 256u) {
    let shifted = src[first + k * params.inner] - centre;
    dst[first + k * params.inner] = select(exp1(shifted) / whole, shifted - logarithm, KIND == 1u);
  }
}
