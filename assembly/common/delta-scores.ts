// Scores of a chunk where all channels decay alike: scores_ij = D_ij k_i . k_j for j < i, reads_rj = D_ij q_r . k_j for j <= i,
// where i is the micro-step after which r is read and D_ij the product of the decays before j + 1 .. i. A row of D is the row above
// times one factor, so a reset or a change of sign needs no case of its own, and no exponential is taken.

import { F32 } from "./storage";
import { gemmTile } from "./gemm-tile";
import { DeltaSpace, decaysBefore, readAfter, roundUp4 } from "./delta-space";
import { multiplyRow, scaleRow, zeroRow } from "./delta-rows";
import { f32_pack_a_4, f32_pack_b_8 } from "../matmul/f32-pack";

/** c = rows . keys in tiles of 4 x 8, those that hold an entry (row, j) with j <= last(row) only. */
function productsBelow(space: DeltaSpace, rows: usize, count: i32, keys: usize, isReads: bool, c: usize): void {
  const channels = space.channels, step = <usize>space.most << 2, panel = <usize>channels << 4;
  for (let row = 0; row < count; row += 4, rows += panel) {
    const last = isReads ? readAfter(space, min(row + 3, count - 1)) : row + 3;
    let key = keys;
    for (let j = 0; j <= min(last, space.count - 1); j += 8, key += 2 * panel) {
      gemmTile<f32>(rows, key, channels, c + <usize>row * step + (<usize>j << 2), step, false);
    }
  }
}

/** Masks raw scores and, where there are gates, multiplies by D; `row` holds C floats. */
function decayScores(space: DeltaSpace, row: usize): void {
  const most = space.most, step = <usize>most << 2;
  let r = 0;
  for (let i = 0; i < space.count; i++) {
    const at = <usize>i * step;
    zeroRow(space.rawScores + at, i, most);
    if (space.isGated) {
      if (decaysBefore(space, i)) scaleRow(row, row, i, load<f32>(space.decay + (<usize>i << 2)));
      store<f32>(row + (<usize>i << 2), 1);
      zeroRow(row, i + 1, most);
      multiplyRow(space.rawScores + at, row, space.scores + at, most);
    }
    if (r == space.rows || readAfter(space, r) != i) continue;
    const read = <usize>r * step;
    zeroRow(space.rawReads + read, i + 1, most);
    if (space.isGated) multiplyRow(space.rawReads + read, row, space.reads + read, most);
    r++;
  }
}

/** Fills scores and reads, with the raw ones, from key and query; their packed rows are those of kIn and qIn, too. */
export function scoreChunk(space: DeltaSpace): void {
  const channels = space.channels, count = space.count, keys = space.spare;
  f32_pack_a_4(space.key, space.kInRows, count, channels, channels, 0, F32, 0);
  f32_pack_b_8(space.key, keys, channels, count, channels, 1, F32, 0);
  productsBelow(space, space.kInRows, count, keys, false, space.rawScores);
  f32_pack_a_4(space.query, space.qInRows, space.rows, channels, channels, 0, F32, 0);
  productsBelow(space, space.qInRows, space.rows, keys, true, space.rawReads);
  decayScores(space, keys + ((<usize>(max(space.most, 8) * roundUp4(channels)) << 2)));
}
