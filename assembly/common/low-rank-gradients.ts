// Gradients of one chunk of the low-rank recurrence (low-rank-chunk.ts). The gradient of every part of the chunk lies where
// the part lies, in a second block of memory of the same layout; that of the reads R is X, what comes back through their solve.

import { fma } from "./fma";
import {
  A, A_START, AB, AK, B, B_END, K, K_END, keyRows, O, Q, Q_START, QB, QK, R, scaleRows, scoreRow, scoresOf, V, valueRows, W,
  wholeDecay,
} from "./low-rank-chunk";
import { padded } from "./low-rank-record";
import { addProduct } from "./recurrence-product";
import { laneSums } from "./selective-steps";
import { transpose4x4 } from "./transpose";

/** [rows][padded columns] to [columns][padded rows]; both have room for multiples of 4 rows. */
function transposeInto(from: usize, rows: i32, columns: i32, to: usize): void {
  const step = padded(columns), outStep = padded(rows);
  for (let r: usize = 0; r < <usize>rows; r += 4) {
    for (let c: usize = 0; c < <usize>columns; c += 4) {
      transpose4x4(from + r * step + (c << 2), step, to + c * outStep + (r << 2), outStep);
    }
  }
}

/** Gradients of what a chunk hands on: K_END, B_END; and what of V and R goes into the next state and the outputs. */
export function gradientsOfValues(
  chunk: usize, grad: usize, c: i32, n: i32, keys: i32, values: i32, dState: usize, transposed: usize,
): void {
  const kBytes = padded(keys), vBytes = padded(values), row = scoreRow(c), scores = scoresOf(chunk, c, keys, values);
  const kWidth = <i32>(kBytes >> 2), vWidth = <i32>(vBytes >> 2);
  const dO = valueRows(grad, O, c, keys, values), dV = valueRows(grad, V, c, keys, values), x = valueRows(grad, R, c, keys, values);
  const dK = keyRows(grad, K_END, c, keys), dB = keyRows(grad, B_END, c, keys);
  transposeInto(dState, keys, values, transposed);
  memory.fill(dK, 0, <usize>n * kBytes);
  memory.fill(dB, 0, <usize>n * kBytes);
  memory.fill(dV, 0, <usize>n * vBytes);
  memory.fill(x, 0, <usize>n * vBytes);
  addProduct(valueRows(chunk, V, c, keys, values), vBytes, 4, transposed, kBytes, dK, kBytes, n, values, kWidth);
  addProduct(valueRows(chunk, R, c, keys, values), vBytes, 4, transposed, kBytes, dB, kBytes, n, values, kWidth);
  addProduct(keyRows(chunk, K_END, c, keys), kBytes, 4, dState, vBytes, dV, vBytes, n, keys, vWidth);
  addProduct(keyRows(chunk, B_END, c, keys), kBytes, 4, dState, vBytes, x, vBytes, n, keys, vWidth);
  addProduct(scores + QK, 16, row, dO, vBytes, dV, vBytes, n, n, vWidth);
  addProduct(scores + QB, 16, row, dO, vBytes, x, vBytes, n, n, vWidth);
  for (let j = n - 2; j >= 0; j--) {
    const at = <usize>j, next = at + 1;
    const column = scores + AB + next * row + (at << 4);
    addProduct(column, 16, row, x + next * vBytes, vBytes, x + at * vBytes, vBytes, 1, n - 1 - j, vWidth);
  }
  addProduct(scores + AK, 16, row, x, vBytes, dV, vBytes, n, n, vWidth);
}

/** Gradients of the scores: products of rows of dO and X with rows of V and R. */
export function gradientsOfScores(chunk: usize, grad: usize, c: i32, n: i32, keys: i32, values: i32): void {
  const bytes = padded(values), scores = scoresOf(grad, c, keys, values), lanes = scores + <usize>c * scoreRow(c);
  const dO = valueRows(grad, O, c, keys, values), x = valueRows(grad, R, c, keys, values);
  const v = valueRows(chunk, V, c, keys, values), r = valueRows(chunk, R, c, keys, values);
  for (let i: usize = 0; i < <usize>n; i++) {
    for (let j: usize = 0; j <= i; j++) {
      let ab = f32x4.splat(0), ak = ab, qk = ab, qb = ab;
      for (let d: usize = 0; d < bytes; d += 16) {
        const value = v128.load(v + j * bytes + d), read = v128.load(r + j * bytes + d);
        const out = v128.load(dO + i * bytes + d), back = v128.load(x + i * bytes + d);
        ab = fma(back, read, ab);
        ak = fma(back, value, ak);
        qk = fma(out, value, qk);
        qb = fma(out, read, qb);
      }
      v128.store(lanes, ab);
      v128.store(lanes, ak, 16);
      v128.store(lanes, qk, 32);
      v128.store(lanes, qb, 48);
      v128.store(scores + i * scoreRow(c) + (j << 4), laneSums(lanes));
    }
  }
}

/** Gradients of Q_START and A_START; turns dState from the gradient after the chunk into the one before it. */
export function gradientsOfState(
  chunk: usize, grad: usize, c: i32, n: i32, keys: i32, values: i32, state: usize, dState: usize, transposed: usize,
): void {
  const kBytes = padded(keys), vBytes = padded(values), kWidth = <i32>(kBytes >> 2), vWidth = <i32>(vBytes >> 2);
  const dO = valueRows(grad, O, c, keys, values), x = valueRows(grad, R, c, keys, values);
  const dQ = keyRows(grad, Q_START, c, keys), dA = keyRows(grad, A_START, c, keys);
  memory.fill(dQ, 0, <usize>n * kBytes);
  memory.fill(dA, 0, <usize>n * kBytes);
  transposeInto(state, keys, values, transposed);
  addProduct(dO, vBytes, 4, transposed, kBytes, dQ, kBytes, n, values, kWidth);
  addProduct(x, vBytes, 4, transposed, kBytes, dA, kBytes, n, values, kWidth);
  const whole = wholeDecay(chunk, c, keys), dWhole = wholeDecay(grad, c, keys);
  for (let d: usize = 0; d < <usize>keys; d++) {
    let sum = f32x4.splat(0);
    for (let j: usize = 0; j < vBytes; j += 16) sum = fma(v128.load(dState + d * vBytes + j), v128.load(state + d * vBytes + j), sum);
    const lanes = f32x4.add(sum, i32x4.shuffle(sum, sum, 2, 3, 0, 1));
    store<f32>(dWhole + (d << 2), f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 1));
  }
  scaleRows(dState, vBytes, keys, whole);
  addProduct(keyRows(chunk, Q_START, c, keys), 4, kBytes, dO, vBytes, dState, vBytes, keys, n, vWidth);
  addProduct(keyRows(chunk, A_START, c, keys), 4, kBytes, x, vBytes, dState, vBytes, keys, n, vWidth);
}

/** Gradients of q, k, a and b: first what comes from the chunk's start, then the pairs, their decay a running product again. */
export function gradientsOfRows(chunk: usize, grad: usize, c: i32, n: i32, keys: i32, values: i32, decays: usize): void {
  const bytes = padded(keys), scores = scoresOf(grad, c, keys, values), row = scoreRow(c);
  for (let d: usize = 0; d < bytes; d += 16) {
    let decay = f32x4.splat(1);
    for (let i = 0, at = d; i < n; i++, at += bytes) {
      v128.store(keyRows(grad, A, c, keys) + at, f32x4.mul(decay, v128.load(keyRows(grad, A_START, c, keys) + at)));
      decay = f32x4.mul(decay, v128.load(keyRows(chunk, W, c, keys) + at));
      v128.store(keyRows(grad, Q, c, keys) + at, f32x4.mul(decay, v128.load(keyRows(grad, Q_START, c, keys) + at)));
    }
  }
  for (let j: usize = 0; j < <usize>n; j++) {
    const at = j * bytes, ones = f32x4.splat(1);
    const k = keyRows(chunk, K, c, keys) + at, b = keyRows(chunk, B, c, keys) + at;
    const dk = keyRows(grad, K, c, keys) + at, db = keyRows(grad, B, c, keys) + at;
    const own = scores + j * row + (j << 4);
    addPair(load<f32>(own, QK), load<f32>(own, QB), keyRows(chunk, Q, c, keys) + at, k, b, keyRows(grad, Q, c, keys) + at, dk, db, bytes);
    for (let d: usize = 0; d < bytes; d += 16) v128.store(decays + d, ones);
    for (let i = j + 1; i < <usize>n; i++) {
      pairGradients(scores + i * row + (j << 4), chunk, grad, c, keys, i * bytes, k, b, dk, db, decays);
    }
    const dKEnd = keyRows(grad, K_END, c, keys) + at, dBEnd = keyRows(grad, B_END, c, keys) + at;
    for (let d: usize = 0; d < bytes; d += 16) {
      const decay = v128.load(decays + d);
      v128.store(dk + d, fma(decay, v128.load(dKEnd + d), v128.load(dk + d)));
      v128.store(db + d, fma(decay, v128.load(dBEnd + d), v128.load(db + d)));
    }
  }
}

/** The pair of a step with itself, which begins dk and db. */
function addPair(qk: f32, qb: f32, q: usize, k: usize, b: usize, dq: usize, dk: usize, db: usize, bytes: usize): void {
  const ofK = f32x4.splat(qk), ofB = f32x4.splat(qb);
  for (let d: usize = 0; d < bytes; d += 16) {
    const query = v128.load(q + d);
    v128.store(dq + d, fma(ofK, v128.load(k + d), fma(ofB, v128.load(b + d), v128.load(dq + d))));
    v128.store(dk + d, f32x4.mul(ofK, query));
    v128.store(db + d, f32x4.mul(ofB, query));
  }
}

/** The pair of step i (rows at `at`) with an earlier one; `decays` goes from that of i - 1 to that of i. */
function pairGradients(
  score: usize, chunk: usize, grad: usize, c: i32, keys: i32, at: usize, k: usize, b: usize, dk: usize, db: usize, decays: usize,
): void {
  const ab = v128.load32_splat(score, AB), ak = v128.load32_splat(score, AK);
  const qk = v128.load32_splat(score, QK), qb = v128.load32_splat(score, QB);
  const a = keyRows(chunk, A, c, keys) + at, q = keyRows(chunk, Q, c, keys) + at, w = keyRows(chunk, W, c, keys) + at;
  const da = keyRows(grad, A, c, keys) + at, dq = keyRows(grad, Q, c, keys) + at;
  for (let d: usize = 0, bytes = padded(keys); d < bytes; d += 16) {
    let decay = v128.load(decays + d);
    const kd = v128.load(k + d), bd = v128.load(b + d), read = f32x4.mul(v128.load(a + d), decay);
    v128.store(da + d, fma(decay, fma(ak, kd, f32x4.mul(ab, bd)), v128.load(da + d)));
    decay = f32x4.mul(decay, v128.load(w + d));
    v128.store(decays + d, decay);
    const query = f32x4.mul(v128.load(q + d), decay);
    v128.store(dq + d, fma(decay, fma(qk, kd, f32x4.mul(qb, bd)), v128.load(dq + d)));
    v128.store(dk + d, fma(ak, read, fma(qk, query, v128.load(dk + d))));
    v128.store(db + d, fma(ab, read, fma(qb, query, v128.load(db + d))));
  }
}

/**
 * Gradients of the log-decays. A sum of logs G_i enters only as the exponent of what is multiplied by e^(G_i) or e^(-G_i), so its
 * gradient is q dq - k dk - b db of step i plus a da of the next; the last takes what leaves the chunk. Gates sum it from the end.
 * Where the decay is 0, so is the gradient.
 */
export function gradientsOfGates(chunk: usize, grad: usize, c: i32, n: i32, keys: i32): void {
  const bytes = padded(keys), whole = wholeDecay(chunk, c, keys), dWhole = wholeDecay(grad, c, keys);
  for (let d: usize = 0; d < bytes; d += 16) {
    let sum = f32x4.mul(v128.load(whole + d), v128.load(dWhole + d));
    for (let j = 0, at = d; j < n; j++, at += bytes) {
      sum = fma(v128.load(keyRows(chunk, K_END, c, keys) + at), v128.load(keyRows(grad, K_END, c, keys) + at), sum);
      sum = fma(v128.load(keyRows(chunk, B_END, c, keys) + at), v128.load(keyRows(grad, B_END, c, keys) + at), sum);
    }
    for (let i = n - 1; i >= 0; i--) {
      const at = <usize>i * bytes + d;
      const read = f32x4.mul(v128.load(keyRows(chunk, K, c, keys) + at), v128.load(keyRows(grad, K, c, keys) + at));
      const written = fma(v128.load(keyRows(chunk, B, c, keys) + at), v128.load(keyRows(grad, B, c, keys) + at), read);
      sum = f32x4.sub(fma(v128.load(keyRows(chunk, Q, c, keys) + at), v128.load(keyRows(grad, Q, c, keys) + at), sum), written);
      const isReset = f32x4.eq(v128.load(keyRows(chunk, W, c, keys) + at), f32x4.splat(0));
      v128.store(keyRows(grad, W, c, keys) + at, v128.andnot(sum, isReset));
      sum = fma(v128.load(keyRows(chunk, A, c, keys) + at), v128.load(keyRows(grad, A, c, keys) + at), sum);
    }
  }
}
