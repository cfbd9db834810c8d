// Products with states and with the rows that are seen, in the tiles of common/attention-tiles.wgsl.
//!include common/attention-tiles.wgsl

// Blocks of 64 columns of the result.
const COLUMN_BLOCKS: u32 = 1;
// The result's columns are channels of k: states are taken as [channel of v][channel of k].
const TRANSPOSED: bool = false;

// Four rows of a quad of channels go to `weights` as columns; a barrier as for set_weights.
fn set_rows(rows: mat4x4f, lid: u32) {
  let columns = transpose(rows);
  for (var c = 0u; c < 4u; c += 1u) { weights[lid / 16u * OTHER + lid % 16u * 4u + c] = columns[c]; }
}

// sum + the weights of 16 others from `step` on x what is staged of them.
fn multiplied(sum: mat4x4f, step: u32, lid: u32) -> mat4x4f {
  var result = sum;
  for (var j = 0u; j < STEP; j += 1u) {
    let x = weights[lid / 16u * OTHER + step + j];
    let y = staged[j * 16u + lid % 16u];
    result += mat4x4f(x.x * y, x.y * y, x.z * y, x.w * y);
  }
  return result;
}

// weighted() of the tile of others from other0 on without those that none of the own rows from row0 on sees.
fn weighted_seen(sum: mat4x4f, kind: u32, base: u32, row0: u32, other0: u32, block: u32, lid: u32) -> mat4x4f {
  var result = sum;
  let first = select(0u, max(row0, other0) - other0, REVERSED);
  let end = min(select(row0 + OWN, params.chunk, REVERSED) - other0, OTHER);
  for (var step = first; step < end; step += STEP) {
    for (var half = 0u; half < 2u; half += 1u) {
      let row = other0 + step + half * 8u + lid / 16u;
      staged[lid + half * 128u] = load_other(kind, base, row, block * 64u + lid % 16u * 4u);
    }
    workgroupBarrier();
    result = multiplied(result, step, lid);
    workgroupBarrier();
  }
  return result;
}

// sum + weights x state, for channels [first, first + 64) of the rows and columns [64 block, 64 block + 64) of the state.
fn weighted_states(sum: mat4x4f, start: u32, first: u32, block: u32, lid: u32) -> mat4x4f {
  var result = sum;
  let channels = select(params.keys, params.values, TRANSPOSED);
  for (var step = 0u; step < OTHER && first + step < channels; step += STEP) {
    for (var half = 0u; half < 2u; half += 1u) {
      let e = lid + half * 128u;
      let key = select(first + step + e / 16u, block * 64u + e / 4u, TRANSPOSED);
      let quad = select(block * 16u + e % 16u, (first + step) / 4u + e % 4u, TRANSPOSED);
      var state = vec4f();
      if (key < params.keys && quad < value_quads()) { state = states[start + key * value_quads() + quad]; }
      if (!TRANSPOSED) { staged[e] = state; }
      else { for (var i = 0u; i < 4u; i += 1u) { staged[(e % 4u * 4u + i) * 16u + e / 16u][e / 4u % 4u] = state[i]; } }
    }
    workgroupBarrier();
    result = multiplied(result, step, lid);
    workgroupBarrier();
  }
  return result;
}
