// One chunk of the low-rank recurrence S_t = (diag(w_t) + b_t a_t^T) S_(t-1) + k_t v_t^T as matrices.
//
// Decays between two steps are running products of w, never quotients or differences of sums: they stay in [0, 1] for gates
// below 0, and a factor of 0 (a hard reset) is like any other. With p_ij = w_(j+1) .. w_i per channel:
//   qk_ij = q_i (k_j p_ij), qb alike (j <= i);  ak_ij = a_i (k_j p_(i-1)j), ab alike (j < i)

import { fma } from "./fma";
import { gateStepOf, keysOf, keyStepOf, padded, scaleOf, unitAt, valuesOf, valueStepOf } from "./low-rank-record";
import { addLowerProduct, addProduct } from "./recurrence-product";
import { loadDecays, loadRows } from "./recurrence-rows";
import { laneSums } from "./selective-steps";

// Rows of key channels: as given (q scaled, w = e^gate), then with the decay from the chunk's start (q, a) or to its end (k, b).
export const Q: i32 = 0;
export const K: i32 = 1;
export const A: i32 = 2;
export const B: i32 = 3;
export const W: i32 = 4;
export const Q_START: i32 = 5;
export const A_START: i32 = 6;
export const K_END: i32 = 7;
export const B_END: i32 = 8;
// Rows of value channels; r_i = S_(i-1)^T a_i.
export const V: i32 = 0;
export const R: i32 = 1;
export const O: i32 = 2;

/** Bytes of one row of scores: (ab, ak, qk, qb) per pair. */
// @ts-ignore: decorator
@inline export function scoreRow(c: i32): usize { return <usize>c << 4; }
export const AB: usize = 0;
export const AK: usize = 4;
export const QK: usize = 8;
export const QB: usize = 12;

// Scratch of a chunk of at most c steps: 9 x c key rows | decay of the whole chunk | 3 x c value rows | scores | 4 vectors.
// @ts-ignore: decorator
@inline export function keyRows(chunk: usize, slot: i32, c: i32, keys: i32): usize { return chunk + <usize>(slot * c) * padded(keys); }
// @ts-ignore: decorator
@inline export function wholeDecay(chunk: usize, c: i32, keys: i32): usize { return keyRows(chunk, 9, c, keys); }
// @ts-ignore: decorator
@inline
export function valueRows(chunk: usize, slot: i32, c: i32, keys: i32, values: i32): usize {
  return wholeDecay(chunk, c, keys) + padded(keys) + <usize>(slot * c) * padded(values);
}
// @ts-ignore: decorator
@inline
export function scoresOf(chunk: usize, c: i32, keys: i32, values: i32): usize {
  return valueRows(chunk, 3, c, keys, values);
}
export function chunkBytes(c: i32, keys: i32, values: i32): usize {
  return scoresOf(0, c, keys, values) + <usize>c * scoreRow(c) + 64;
}

/** The rows of n steps from step t on. */
export function loadChunk(call: usize, unit: usize, t: i32, n: i32, size: i32, chunk: usize): void {
  const keys = keysOf(call), values = valuesOf(call), at = <usize>t, keyStep = keyStepOf(call), skip = at * keyStep;
  const gate = unitAt(unit, 20) ? unitAt(unit, 20) + at * gateStepOf(call) : 0;
  loadRows(unitAt(unit, 0) + skip, keyStep, n, keys, scaleOf(call), keyRows(chunk, Q, size, keys));
  loadRows(unitAt(unit, 4) + skip, keyStep, n, keys, 1, keyRows(chunk, K, size, keys));
  loadRows(unitAt(unit, 12) + skip, keyStep, n, keys, 1, keyRows(chunk, A, size, keys));
  loadRows(unitAt(unit, 16) + skip, keyStep, n, keys, 1, keyRows(chunk, B, size, keys));
  loadDecays(gate, gate ? gateStepOf(call) : 0, n, keys, keyRows(chunk, W, size, keys));
  const v = unitAt(unit, 8) + at * valueStepOf(call);
  loadRows(v, valueStepOf(call), n, values, 1, valueRows(chunk, V, size, keys, values));
}

/** The scores of n steps, and K_END and B_END on the way: what is left of k_j and b_j when their column is done. */
export function chunkScores(chunk: usize, c: i32, n: i32, keys: i32, values: i32): void {
  const bytes = padded(keys), scores = scoresOf(chunk, c, keys, values), lanes = scores + <usize>c * scoreRow(c);
  memory.fill(scores, 0, <usize>n * scoreRow(c));
  for (let j: usize = 0; j < <usize>n; j++) {
    const k = keyRows(chunk, K_END, c, keys) + j * bytes, b = keyRows(chunk, B_END, c, keys) + j * bytes;
    memory.copy(k, keyRows(chunk, K, c, keys) + j * bytes, bytes);
    memory.copy(b, keyRows(chunk, B, c, keys) + j * bytes, bytes);
    for (let i = j; i < <usize>n; i++) {
      const q = keyRows(chunk, Q, c, keys) + i * bytes, a = keyRows(chunk, A, c, keys) + i * bytes;
      const w = keyRows(chunk, W, c, keys) + i * bytes;
      let ab = f32x4.splat(0), ak = ab, qk = ab, qb = ab;
      if (i == j) {
        for (let d: usize = 0; d < bytes; d += 16) {
          const x = v128.load(q + d);
          qk = fma(x, v128.load(k + d), qk);
          qb = fma(x, v128.load(b + d), qb);
        }
      } else {
        for (let d: usize = 0; d < bytes; d += 16) {
          let kd = v128.load(k + d), bd = v128.load(b + d), x = v128.load(a + d);
          ab = fma(x, bd, ab);
          ak = fma(x, kd, ak);
          const decay = v128.load(w + d);
          kd = f32x4.mul(kd, decay);
          bd = f32x4.mul(bd, decay);
          v128.store(k + d, kd);
          v128.store(b + d, bd);
          x = v128.load(q + d);
          qk = fma(x, kd, qk);
          qb = fma(x, bd, qb);
        }
      }
      v128.store(lanes, ab);
      v128.store(lanes, ak, 16);
      v128.store(lanes, qk, 32);
      v128.store(lanes, qb, 48);
      v128.store(scores + i * scoreRow(c) + (j << 4), laneSums(lanes));
    }
  }
}

/** Q_START, A_START and the decay of the whole chunk. */
export function chunkStarts(chunk: usize, c: i32, n: i32, keys: i32): void {
  const bytes = padded(keys), whole = wholeDecay(chunk, c, keys);
  const q = keyRows(chunk, Q, c, keys), a = keyRows(chunk, A, c, keys), w = keyRows(chunk, W, c, keys);
  const qStart = keyRows(chunk, Q_START, c, keys), aStart = keyRows(chunk, A_START, c, keys);
  for (let d: usize = 0; d < bytes; d += 16) {
    let decay = f32x4.splat(1);
    for (let i = 0, at = d; i < n; i++, at += bytes) {
      v128.store(aStart + at, f32x4.mul(v128.load(a + at), decay));
      decay = f32x4.mul(decay, v128.load(w + at));
      v128.store(qStart + at, f32x4.mul(v128.load(q + at), decay));
    }
    v128.store(whole + d, decay);
  }
}

/** R = (I - ab)^-1 (ak V + A_START S), row after row. */
export function solveReads(chunk: usize, c: i32, n: i32, keys: i32, values: i32, state: usize): void {
  const bytes = padded(values), width = <i32>(bytes >> 2), scores = scoresOf(chunk, c, keys, values), row = scoreRow(c);
  const r = valueRows(chunk, R, c, keys, values), v = valueRows(chunk, V, c, keys, values);
  memory.fill(r, 0, <usize>n * bytes);
  addProduct(keyRows(chunk, A_START, c, keys), padded(keys), 4, state, bytes, r, bytes, n, keys, width);
  addLowerProduct(scores + AK, row, 16, v, bytes, r, bytes, n, width);
  for (let i: usize = 1; i < <usize>n; i++) addProduct(scores + AB + i * row, row, 16, r, bytes, r + i * bytes, bytes, 1, <i32>i, width);
}

/** O = Q_START S + qk V + qb R. */
export function chunkOutputs(chunk: usize, c: i32, n: i32, keys: i32, values: i32, state: usize): void {
  const bytes = padded(values), width = <i32>(bytes >> 2), scores = scoresOf(chunk, c, keys, values), row = scoreRow(c);
  const o = valueRows(chunk, O, c, keys, values);
  memory.fill(o, 0, <usize>n * bytes);
  addProduct(keyRows(chunk, Q_START, c, keys), padded(keys), 4, state, bytes, o, bytes, n, keys, width);
  addLowerProduct(scores + QK, row, 16, valueRows(chunk, V, c, keys, values), bytes, o, bytes, n, width);
  addLowerProduct(scores + QB, row, 16, valueRows(chunk, R, c, keys, values), bytes, o, bytes, n, width);
}

/** S = diag(whole) S + K_END^T V + B_END^T R. */
export function advanceState(chunk: usize, c: i32, n: i32, keys: i32, values: i32, state: usize): void {
  const bytes = padded(values), width = <i32>(bytes >> 2);
  scaleRows(state, bytes, keys, wholeDecay(chunk, c, keys));
  const k = keyRows(chunk, K_END, c, keys), b = keyRows(chunk, B_END, c, keys), step = padded(keys);
  addProduct(k, 4, step, valueRows(chunk, V, c, keys, values), bytes, state, bytes, keys, n, width);
  addProduct(b, 4, step, valueRows(chunk, R, c, keys, values), bytes, state, bytes, keys, n, width);
}

/** Row d times factors[d]. */
export function scaleRows(rows: usize, bytes: usize, count: i32, factors: usize): void {
  for (; count > 0; count--, factors += 4) {
    const factor = v128.load32_splat(factors);
    for (const end = rows + bytes; rows < end; rows += 16) v128.store(rows, f32x4.mul(v128.load(rows), factor));
  }
}
