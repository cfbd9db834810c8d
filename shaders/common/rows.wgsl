// Rows shared out over a workgroup: LANES of its 256 invocations to a row, 256 / LANES rows to a workgroup. The includer's
// Params have n, inner and rows (of all groups); the elements of a row are `inner` apart.

const LANES: u32 = 256u;
// Neighbouring invocations take neighbouring rows rather than neighbouring elements: for rows whose elements are apart.
const COLUMNS: bool = false;

const ROWS_PER_GROUP: u32 = 256u / LANES;

var<workgroup> shared_sums: array<f32, 256>;
var<workgroup> shared_ranks: array<u32, 256>;

struct Share {
  // The row is one of the tensor's. Where it is not, the invocation still meets the others at barriers.
  exists: bool,
  row: u32,
  // Which of the LANES of the row this is.
  part: u32,
  // Index of the row's first element.
  first: u32,
}

fn share_of(g: u32, lane: u32) -> Share {
  let row = g * ROWS_PER_GROUP + select(lane / LANES, lane % ROWS_PER_GROUP, COLUMNS);
  let part = select(lane % LANES, lane / ROWS_PER_GROUP, COLUMNS);
  let first = row / params.inner * params.n * params.inner + row % params.inner;
  return Share(row < params.rows, row, part, first);
}

// From one of a row's lanes to the next.
const LANE_STEP: u32 = select(1u, ROWS_PER_GROUP, COLUMNS);

// The sum of what the lanes of the row give.
fn row_sum(sum: f32, share: Share, lane: u32) -> f32 {
  workgroupBarrier();
  shared_sums[lane] = sum;
  for (var width = LANES / 2u; width > 0u; width >>= 1u) {
    workgroupBarrier();
    if (share.part < width) { shared_sums[lane] += shared_sums[lane + width * LANE_STEP]; }
  }
  workgroupBarrier();
  return shared_sums[lane - share.part * LANE_STEP];
}

// The greatest of them.
fn row_max(rank: u32, share: Share, lane: u32) -> u32 {
  shared_ranks[lane] = rank;
  for (var width = LANES / 2u; width > 0u; width >>= 1u) {
    workgroupBarrier();
    if (share.part < width) { shared_ranks[lane] = max(shared_ranks[lane], shared_ranks[lane + width * LANE_STEP]); }
  }
  workgroupBarrier();
  return shared_ranks[lane - share.part * LANE_STEP];
}
