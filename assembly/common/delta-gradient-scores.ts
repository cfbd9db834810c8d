// From the gradients of scores and carries to those of keys, queries and decays, where all channels decay alike.
//
//   dk = (ED + ED^T) k + RD^T q + D_in dKIn + D_out dKOut      dq = RD k + D_in dQIn      ED = -beta dScores D, RD = dReads D
//
// A decay a_t stands in D_ij for all j < t <= i. With F_ij the gradient's product with the raw score, the value before the chunk and
// the state after it being one more column and row:
//
//   da_t = sum over i >= t of D_it y_i,   y_i = sum over j < t of F_ij D_(t-1)j    which goes on as y_i = a_t y_i + F_it
//
// No logarithm, no division and no difference of sums: exact at a = 0 and for negative a.

import { BackSpace } from "./delta-back-space";
import { addProduct, dotRows, multiplyRow, scaleRow, zeroRow } from "./delta-rows";
import { DeltaSpace, decaysBefore, readAfter } from "./delta-space";
import { gemmTile } from "./gemm-tile";
import { F32 } from "./storage";
import { f32_pack_a_4, f32_pack_b_8 } from "../matmul/f32-pack";

// @ts-ignore: decorator
@inline
function cell(base: usize, space: DeltaSpace, i: i32, j: i32): usize {
  return base + (<usize>(i * space.most + j) << 2);
}

/** c (+)= a b for rows of `step` bytes with room for whole tiles; a by fours of rows, b by eights of columns. */
function panelProductRows(
  a: usize, rows: i32, k: i32, b: usize, columns: i32, c: usize, step: usize, accumulate: bool,
): void {
  for (let row = 0; row < rows; row += 4, a += <usize>k << 4, c += step << 2) {
    let right = b, tile = c;
    for (let column = 0; column < columns; column += 8, right += <usize>k << 5, tile += 32) {
      gemmTile<f32>(a, right, k, tile, step, accumulate);
    }
  }
}

/**
 * dScores and dReads times -beta and D, masked; dBeta gets its share, and rawScores turns into F. `row`: C floats.
 */
function decayGradients(space: DeltaSpace, back: BackSpace, row: usize): void {
  const most = space.most;
  let r = 0;
  for (let i = 0; i < space.count; i++) {
    if (decaysBefore(space, i)) scaleRow(row, row, i, load<f32>(space.decay + (<usize>i << 2)));
    store<f32>(row + (<usize>i << 2), 1);
    const scores = cell(back.dScores, space, i, 0), raw = cell(space.rawScores, space, i, 0), beta = space.beta + (<usize>i << 2);
    const dBeta = back.dBeta + (<usize>i << 2);
    store<f32>(dBeta, load<f32>(dBeta) - dotRows(scores, cell(space.scores, space, i, 0), i));
    scaleRow(scores, scores, i, -load<f32>(beta));
    if (space.isGated) {
      multiplyRow(raw, scores, raw, i);
      multiplyRow(scores, row, scores, i);
    }
    zeroRow(scores, i, most);
    if (r == space.rows || readAfter(space, r) != i) continue;
    const reads = cell(back.dReads, space, r, 0);
    if (space.isGated) {
      addProduct(reads, cell(space.rawReads, space, r, 0), raw, i + 1);
      multiplyRow(reads, row, reads, i + 1);
    }
    zeroRow(reads, i + 1, most);
    r++;
  }
}

/** Adds the transpose of a strictly lower square to itself. */
function mirror(space: DeltaSpace, square: usize): void {
  for (let i = 1; i < space.count; i++) {
    for (let j = 0; j < i; j++) store<f32>(cell(square, space, j, i), load<f32>(cell(square, space, i, j)));
  }
}

/** dKey and dQuery from the scores. */
function rowsFromScores(space: DeltaSpace, back: BackSpace): void {
  const channels = space.channels, count = space.count, rows = space.rows, step = back.row;
  mirror(space, back.dScores);
  f32_pack_b_8(space.key, back.keys, count, channels, channels, 0, F32, 0);
  f32_pack_a_4(back.dScores, back.pairs, count, count, space.most, 0, F32, 0);
  panelProductRows(back.pairs, count, count, back.keys, channels, back.dKey, step, false);
  if (rows == 0) return;
  f32_pack_a_4(back.dReads, back.pairs, rows, count, space.most, 0, F32, 0);
  panelProductRows(back.pairs, rows, count, back.keys, channels, back.dQuery, step, false);
  f32_pack_b_8(space.query, back.keys, rows, channels, channels, 0, F32, 0);
  f32_pack_a_4(back.dReads, back.pairs, count, rows, space.most, 1, F32, 0);
  panelProductRows(back.pairs, count, rows, back.keys, channels, back.dKey, step, true);
}

/** dDecay from F, whose entry (i, j) lies in rawScores; `y`: C + 1 floats, the column before the chunk; the last is the state. */
function decayFromPairs(space: DeltaSpace, back: BackSpace, y: usize): void {
  const count = space.count, channels = space.channels;
  for (let t = 0; t < count; t++) {
    const own = <usize>t << 2;
    if (decaysBefore(space, t)) {
      const a = load<f32>(space.decay + own);
      let sum: f32 = 0, factor: f32 = 1;
      for (let i = t; i <= count; i++) {
        if (i > t && i < count && decaysBefore(space, i)) factor *= load<f32>(space.decay + (<usize>i << 2));
        const at = y + (<usize>i << 2), value = load<f32>(at);
        sum += factor * value;
        store<f32>(at, a * value);
      }
      store<f32>(back.dDecay + own, sum);
    }
    for (let i = t + 1; i < count; i++) {
      const at = y + (<usize>i << 2);
      store<f32>(at, load<f32>(at) + load<f32>(cell(space.rawScores, space, i, t)));
    }
    const last = y + (<usize>count << 2), key = space.key + (<usize>(t * channels) << 2);
    store<f32>(last, load<f32>(last) + dotRows(back.dKOut + <usize>t * back.row, key, channels));
  }
}

/** The column of F before the chunk: what rows read of the state at its start, and what the state after it keeps of it. */
function carriedColumn(space: DeltaSpace, back: BackSpace, y: usize): void {
  const channels = space.channels, rowBytes = <usize>channels << 2;
  for (let i: usize = 0; i < <usize>space.count; i++) {
    store<f32>(y + (i << 2), dotRows(back.dKIn + i * back.row, space.key + i * rowBytes, channels));
  }
  for (let r = 0; r < space.rows; r++) {
    const at = y + (<usize>readAfter(space, r) << 2);
    const read = dotRows(back.dQIn + <usize>r * back.row, space.query + <usize>r * rowBytes, channels);
    store<f32>(at, load<f32>(at) + read);
  }
  let sum: f32 = 0;
  for (let d: usize = 0; d < <usize>channels; d++) sum += load<f32>(back.dCarry + (d << 2));
  store<f32>(y + (<usize>space.count << 2), sum);
}

/** Fills dKey, dQuery, dDecay and completes dBeta, all but the parts of dKey and dQuery that pass the chunk's ends. */
export function gradientScores(space: DeltaSpace, back: BackSpace): void {
  const spare = space.spare;
  decayGradients(space, back, spare);
  if (space.isGated) {
    carriedColumn(space, back, spare);
    decayFromPairs(space, back, spare);
  }
  rowsFromScores(space, back);
}
