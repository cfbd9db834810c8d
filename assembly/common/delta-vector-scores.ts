// Scores of a chunk where every channel has its own decay: sums over d of k_i[d] k_j[d] D_ij[d].
//
// Rows come in blocks of 16. Against keys before its block, a row meets them through the block's first row r: D_ij = D_ir D_rj,
// both products of decays that come by one step at a time, so it is one matrix product with k_i D_ir and k_j D_rj. Within the block
// the decayed key is carried from row to row. Nothing is divided and no exponent is formed, so resets and signs cost nothing.

import { gemmTile } from "./gemm-tile";
import { dotRows, fillOnes, multiplyRow, rowOf } from "./delta-rows";
import { DeltaSpace, decaysBefore, readAfter, roundUp4 } from "./delta-space";
import { F32 } from "./storage";
import { f32_pack_a_4, f32_pack_b_8 } from "../matmul/f32-pack";

/** Rows of a block. */
export const BLOCK_ROWS: i32 = 16;

/** First row of `query` that is read after micro-step m or later. */
// @ts-ignore: decorator
@inline
export function readsFrom(space: DeltaSpace, m: i32): i32 {
  const past = m - space.firstRead;
  return past <= 0 ? 0 : min(space.rows, (past + space.steps - 1) / space.steps);
}

/** factor[0 .. K) *= the decay before micro-step m. */
// @ts-ignore: decorator
@inline
export function decayBy(space: DeltaSpace, m: i32, factor: usize): void {
  if (decaysBefore(space, m)) multiplyRow(factor, rowOf(space.decay, m, space.channels), factor, space.channels);
}

/** to[row - start] = source[row] D_ir for the micro-steps i >= start of rows [from, last); r = start. */
export function rowsFromStart(space: DeltaSpace, start: i32, from: i32, last: i32, isReads: bool, to: usize, factor: usize): void {
  const channels = space.channels;
  let m = start;
  fillOnes(factor, channels);
  for (let row = from; row < last; row++) {
    const at = isReads ? readAfter(space, row) : row;
    for (; m < at; m++) decayBy(space, m + 1, factor);
    multiplyRow(rowOf(isReads ? space.query : space.key, row, channels), factor, rowOf(to, row - from, channels), channels);
  }
}

/** to[j] = key[j] D_rj for j < start = r. */
export function keysToStart(space: DeltaSpace, start: i32, to: usize, factor: usize): void {
  const channels = space.channels;
  fillOnes(factor, channels);
  for (let j = start - 1; j >= 0; j--) {
    decayBy(space, j + 1, factor);
    multiplyRow(rowOf(space.key, j, channels), factor, rowOf(to, j, channels), channels);
  }
}

/** Rows [from, last) of scores or reads against all keys before the block: `keys` packed, `rows` plain. */
function scoreEarlier(space: DeltaSpace, start: i32, from: i32, last: i32, isReads: bool, rows: usize, packed: usize, keys: usize, factor: usize): void {
  const channels = space.channels, panel = <usize>channels << 4, step = <usize>space.most << 2;
  rowsFromStart(space, start, from, last, isReads, rows, factor);
  f32_pack_a_4(rows, packed, last - from, channels, channels, 0, F32, 0);
  // Rows of reads need not begin at a multiple of 4, so their last tile may reach rows that come later and are written then.
  const target = isReads ? space.reads : space.scores;
  for (let row = 0; row < last - from; row += 4, packed += panel) {
    let key = keys;
    for (let j = 0; j < start; j += 8, key += 2 * panel) {
      gemmTile<f32>(packed, key, channels, target + <usize>(from + row) * step + (<usize>j << 2), step, false);
    }
  }
}

/** Rows of the block against keys of the block. */
function scoreWithin(space: DeltaSpace, start: i32, last: i32, carried: usize): void {
  const channels = space.channels, step = <usize>space.most << 2;
  for (let j = start; j < last; j++) {
    memory.copy(carried, rowOf(space.key, j, channels), <usize>channels << 2);
    let r = readsFrom(space, j);
    for (let i = j; i < last; i++) {
      if (i > j) {
        decayBy(space, i, carried);
        store<f32>(space.scores + <usize>i * step + (<usize>j << 2), dotRows(rowOf(space.key, i, channels), carried, channels));
      }
      if (r < space.rows && readAfter(space, r) == i) {
        store<f32>(space.reads + <usize>r * step + (<usize>j << 2), dotRows(rowOf(space.query, r, channels), carried, channels));
        r++;
      }
    }
  }
}

/** Zeros where a row sees no key, since tiles and packing read whole rows. */
function maskScores(space: DeltaSpace): void {
  const most = space.most, step = <usize>most << 2;
  for (let i = 0; i < space.count; i++) memory.fill(space.scores + <usize>i * step + (<usize>i << 2), 0, <usize>(most - i) << 2);
  for (let r = 0; r < space.rows; r++) {
    const seen = readAfter(space, r) + 1;
    memory.fill(space.reads + <usize>r * step + (<usize>seen << 2), 0, <usize>(most - seen) << 2);
  }
}

/** Fills scores and reads from key and query. */
export function scoreVectorChunk(space: DeltaSpace): void {
  const channels = space.channels, count = space.count, block = <usize>(space.most * roundUp4(channels)) << 2;
  const rows = space.spare, packed = rows + block, keys = rows + 2 * block, factor = rows + 3 * block;
  for (let start = 0; start < count; start += BLOCK_ROWS) {
    const last = min(count, start + BLOCK_ROWS);
    if (start > 0) {
      keysToStart(space, start, rows, factor);
      f32_pack_b_8(rows, keys, channels, start, channels, 1, F32, 0);
      scoreEarlier(space, start, start, last, false, rows, packed, keys, factor);
      const from = readsFrom(space, start), to = readsFrom(space, last);
      if (to > from) scoreEarlier(space, start, from, to, true, rows, packed, keys, factor);
    }
    scoreWithin(space, start, last, factor);
  }
  maskScores(space);
}
