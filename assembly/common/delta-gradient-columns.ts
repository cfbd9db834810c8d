// The same as delta-gradient-scores.ts where every channel has its own decay: pair by pair, since D_ij is then a vector. One pass up
// and one down the rows for each key j, for the state before the chunk (column "before"), with the state after it as a last row:
//
//   up:    z_i = dScores_ij k_i + dReads_rj q_r + a_(i+1) z_(i+1)       what hangs on key j at or after row i; dk_j = a_(j+1) z_(j+1)
//   down:  w_i = a_i w_(i-1), from k_j:   da_i += w_(i-1) z_i     dk_i += dScores_ij w_i     dq_r += dReads_rj w_i

import { BackSpace } from "./delta-back-space";
import { addProduct, addScaled, dotRows, fillOnes, multiplyRow, rowOf, scaleRow } from "./delta-rows";
import { DeltaSpace, decaysBefore, readAfter } from "./delta-space";

// @ts-ignore: decorator
@inline
function cell(base: usize, space: DeltaSpace, i: i32, j: i32): f32 {
  return load<f32>(base + (<usize>(i * space.most + j) << 2));
}

/** Row of `query` that is read after micro-step m, or -1. */
// @ts-ignore: decorator
@inline
function readAt(space: DeltaSpace, m: i32): i32 {
  const past = m - space.firstRead;
  return past >= 0 && past % space.steps == 0 ? past / space.steps : -1;
}

/** What hangs on key j (on the state before the chunk where j = -1) in row i alone, added to z. */
function addHanging(space: DeltaSpace, back: BackSpace, j: i32, i: i32, z: usize): void {
  const channels = space.channels, r = readAt(space, i), key = rowOf(space.key, i, channels), query = rowOf(space.query, r, channels);
  if (j < 0) {
    addProduct(back.dKIn + <usize>i * back.row, key, z, channels);
    if (r >= 0) addProduct(back.dQIn + <usize>r * back.row, query, z, channels);
    return;
  }
  if (i > j) addScaled(key, cell(back.dScores, space, i, j), z, channels);
  if (r >= 0) addScaled(query, cell(back.dReads, space, r, j), z, channels);
}

/** Fills hanging rows z_i for i > j, and adds to dKey_j. */
function walkUp(space: DeltaSpace, back: BackSpace, j: i32, hanging: usize): void {
  const channels = space.channels, last = space.count - 1;
  let z = hanging + <usize>last * back.row;
  memory.copy(z, j < 0 ? back.dCarry : back.dKOut + <usize>j * back.row, <usize>channels << 2);
  for (let i = last; i > j; i--) {
    addHanging(space, back, j, i, z);
    const above = z - back.row;
    if (i == 0) return;
    if (decaysBefore(space, i)) multiplyRow(z, rowOf(space.decay, i, channels), above, channels);
    else memory.copy(above, z, <usize>channels << 2);
    z = above;
  }
  addHanging(space, back, j, j, z);
  addScaled(z, 1, back.dKey + <usize>j * back.row, channels);
}

/** Carries key j, or ones, down the rows after it. */
function walkDown(space: DeltaSpace, back: BackSpace, j: i32, hanging: usize, carried: usize): void {
  const channels = space.channels;
  if (j < 0) fillOnes(carried, channels);
  else {
    memory.copy(carried, rowOf(space.key, j, channels), <usize>channels << 2);
    const own = readAt(space, j);
    if (own >= 0) addScaled(carried, cell(back.dReads, space, own, j), back.dQuery + <usize>own * back.row, channels);
  }
  for (let i = j + 1; i < space.count; i++) {
    const at = <usize>i * back.row;
    if (decaysBefore(space, i)) {
      addProduct(carried, hanging + at, back.dDecay + at, channels);
      multiplyRow(carried, rowOf(space.decay, i, channels), carried, channels);
    }
    const r = readAt(space, i), query = back.dQuery + <usize>r * back.row;
    if (j < 0) {
      addProduct(carried, back.dKIn + at, back.dKey + at, channels);
      if (r >= 0) addProduct(carried, back.dQIn + <usize>r * back.row, query, channels);
    } else {
      addScaled(carried, cell(back.dScores, space, i, j), back.dKey + at, channels);
      if (r >= 0) addScaled(carried, cell(back.dReads, space, r, j), query, channels);
    }
  }
}

/** Fills dKey, dQuery and dDecay and completes dBeta. */
export function gradientColumns(space: DeltaSpace, back: BackSpace): void {
  const count = space.count, step = <usize>space.most << 2, rows = <usize>count * back.row;
  for (let i: usize = 0; i < <usize>count; i++) {
    const scores = back.dScores + i * step, dBeta = back.dBeta + (i << 2);
    store<f32>(dBeta, load<f32>(dBeta) - dotRows(scores, space.scores + i * step, <i32>i));
    scaleRow(scores, scores, <i32>i, -load<f32>(space.beta + (i << 2)));
  }
  memory.fill(back.dKey, 0, rows);
  memory.fill(back.dQuery, 0, <usize>space.rows * back.row);
  memory.fill(back.dDecay, 0, rows);
  for (let j = -1; j < count; j++) {
    walkUp(space, back, j, back.pairs);
    walkDown(space, back, j, back.pairs, space.spare);
  }
}
