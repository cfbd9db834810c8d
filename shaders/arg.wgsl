// The place of the greatest (or least) element of each row of n, a workgroup per row; the first of equals.

//!include common/workgroup.wgsl
//!include common/rank.wgsl

struct Params { group_base: u32, group_count: u32, n: u32, unused: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read_write> dst: array<u32>;

const GREATEST: bool = true;
const FORMAT: u32 = 8u;

var<workgroup> ranks: array<u32, 256>;
var<workgroup> places: array<u32, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group_index(wid, nwg);
  if (row >= params.group_count) { return; }
  var best = 0u;
  // Beyond every place: a lane without elements never wins.
  var place = 0xffffffffu;
  for (var k = lane; k < params.n; k += 256u) {
    let rank = rank_of(src[row * params.n + k], !GREATEST);
    if (place == 0xffffffffu || rank > best) {
      best = rank;
      place = k;
    }
  }
  ranks[lane] = best;
  places[lane] = place;
  for (var width = 128u; width > 0u; width >>= 1u) {
    workgroupBarrier();
    if (lane < width) {
      let rank = ranks[lane + width];
      let other = places[lane + width];
      if (rank > ranks[lane] || (rank == ranks[lane] && other < places[lane])) {
        ranks[lane] = rank;
        places[lane] = other;
      }
    }
  }
  if (lane == 0u) { dst[row] = places[0]; }
}
