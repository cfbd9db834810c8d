// softmax, log-softmax or log-sum-exp of each row of n.

//!include common/workgroup.wgsl
//!include common/math.wgsl
//!include common/rank.wgsl
//!include common/rows.wgsl

struct Params { group_base: u32, group_count: u32, rows: u32, n: u32, inner: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read_write> dst: array<f32>;

// 0 softmax, 1 log-softmax, 2 log-sum-exp.
const KIND: u32 = 0u;
const FORMAT: u32 = 8u;

fn exp1(x: f32) -> f32 {
  return exp4(vec4f(x)).x;
}

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
  var rank = rank_of(0xff800000u, false);
  for (var k = share.part; k < end; k += LANES) {
    rank = max(rank, rank_of(bitcast<u32>(src[share.first + k * params.inner]), false));
  }
  let centre = bitcast<f32>(value_of(row_max(rank, share, lane), false));
  var sum = 0.0;
  for (var k = share.part; k < end; k += LANES) { sum += exp1(src[share.first + k * params.inner] - centre); }
  let whole = row_sum(sum, share, lane);
  let logarithm = log4(vec4f(whole)).x;
  if (KIND == 2u) {
    let finite = (bitcast<u32>(centre) & 0x7fffffffu) < 0x7f800000u;
    if (share.part == 0u && share.exists) { dst[share.row] = select(centre, centre + logarithm, finite); }
    return;
  }
  for (var k = share.part; k < end; k += LANES) {
    let at = share.first + k * params.inner;
    let shifted = src[at] - centre;
    dst[at] = select(exp1(shifted) / whole, shifted - logarithm, KIND == 1u);
  }
}
