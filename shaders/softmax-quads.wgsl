// softmax or log-softmax of each row of n adjacent numbers, n a multiple of 4.

//!include common/workgroup.wgsl
//!include common/math.wgsl
//!include common/rank.wgsl
//!include common/rows.wgsl
//!include common/row-quads.wgsl

struct Params { group_base: u32, group_count: u32, rows: u32, n: u32, inner: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dst: array<vec4f>;

// 0 softmax, 1 log-softmax.
const KIND: u32 = 0u;
const FORMAT: u32 = 8u;

fn rank_of_quad(x: vec4f) -> u32 {
  let bits = bitcast<vec4u>(x);
  return max(
    max(rank_of(bits.x, false), rank_of(bits.y, false)),
    max(rank_of(bits.z, false), rank_of(bits.w, false)),
  );
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
  let count = quad_count(share);
  fetch(share, count);
  var rank = rank_of(0xff800000u, false);
  for (var j = 0u; j < loop_end(count); j++) {
    if (j < count) { rank = max(rank, rank_of_quad(quad_at(share, j))); }
  }
  let centre = bitcast<f32>(value_of(row_max(rank, share, lane), false));
  var sums = vec4f(0.0);
  for (var j = 0u; j < loop_end(count); j++) {
    if (j < count) {
      let power = exp4(quad_at(share, j) - centre);
      sums += power;
      if (KEPT > 0u && KIND == 0u) { kept[j] = power; }
    }
  }
  let whole = row_sum(dot(sums, vec4f(1.0)), share, lane);
  let logarithm = log4(vec4f(whole));
  for (var j = 0u; j < loop_end(count); j++) {
    if (j < count) {
      var y = quad_at(share, j);
      if (KIND == 1u) { y = (y - centre) - logarithm; }
      if (KIND == 0u) { y = select(exp4(y - centre), y, KEPT > 0u) / whole; }
      dst[quad_place(share, j)] = y;
    }
  }
}
