// The recurrence of a diagonal plus a matrix of rank one, forward: S_t = (diag(e^g_t) + b_t a_t^T) S_(t-1) + k_t v_t^T,
// o_t = scale S_t^T q_t. a reads the state before its decay. Step by step, or in chunks (low-rank-chunk.ts).

import { fma } from "../common/fma";
import {
  A, advanceState, B, chunkBytes, chunkOutputs, chunkScores, chunkStarts, K, keyRows, loadChunk, O, Q, solveReads, V, valueRows, W,
} from "../common/low-rank-chunk";
import { keysOf, padded, unitAt, UNIT_BYTES, unitChunk, unitSteps, valuesOf, valueStepOf } from "../common/low-rank-record";
import { storeRows } from "../common/recurrence-rows";
import { loadState, storeState } from "../common/recurrence-state";

/** Steps that the sequential form fetches at once. */
const FETCH: i32 = 16;

/** Scratch bytes of f32_low_rank for chunks of at most `chunk` steps. */
export function f32_low_rank_scratch(keys: i32, values: i32, chunk: i32): i32 {
  return <i32>(<usize>keys * padded(values) + chunkBytes(max(chunk, FETCH), keys, values));
}

/** Units [first, first + count). */
export function f32_low_rank(call: usize, units: usize, first: i32, count: i32, scratch: usize): void {
  for (let i = first; i < first + count; i++) runUnit(call, units + <usize>i * UNIT_BYTES, scratch);
}

function runUnit(call: usize, unit: usize, state: usize): void {
  const keys = keysOf(call), values = valuesOf(call), steps = unitSteps(unit), rowBytes = padded(values);
  const chunk = state + <usize>keys * rowBytes, size = unitChunk(unit) ? unitChunk(unit) : FETCH;
  const kStep = load<usize>(call, 24), vStep = load<usize>(call, 28);
  const o = valueRows(chunk, O, size, keys, values);
  loadState(unitAt(unit, 28), kStep, vStep, keys, values, state, rowBytes);
  for (let t = 0; t < steps; t += size) {
    const n = min(size, steps - t);
    loadChunk(call, unit, t, n, size, chunk);
    if (unitChunk(unit)) {
      chunkScores(chunk, size, n, keys, values);
      chunkStarts(chunk, size, n, keys);
      solveReads(chunk, size, n, keys, values, state);
      chunkOutputs(chunk, size, n, keys, values, state);
      advanceState(chunk, size, n, keys, values, state);
    } else {
      for (let i = 0; i < n; i++) step(chunk, size, i, keys, values, state);
    }
    storeRows(o, unitAt(unit, 24) + <usize>t * valueStepOf(call), valueStepOf(call), n, values, 1, false);
  }
  storeState(state, rowBytes, keys, values, unitAt(unit, 32), kStep, vStep);
}

/** Step i of the rows in `chunk`, 16 columns of the state at a time. */
function step(chunk: usize, size: i32, i: i32, keys: i32, values: i32, state: usize): void {
  const at = <usize>i * padded(keys), bytes = padded(values), row = <usize>i * bytes;
  const q = keyRows(chunk, Q, size, keys) + at, k = keyRows(chunk, K, size, keys) + at;
  const a = keyRows(chunk, A, size, keys) + at, b = keyRows(chunk, B, size, keys) + at;
  const w = keyRows(chunk, W, size, keys) + at;
  const v = valueRows(chunk, V, size, keys, values) + row, o = valueRows(chunk, O, size, keys, values) + row;
  let column: usize = 0;
  for (; column + 64 <= bytes; column += 64) stepWide(q, k, a, b, w, keys, v + column, o + column, state + column, bytes);
  for (; column < bytes; column += 16) stepNarrow(q, k, a, b, w, keys, v + column, o + column, state + column, bytes);
}

function stepWide(
  q: usize, k: usize, a: usize, b: usize, w: usize, keys: i32, v: usize, o: usize, state: usize, bytes: usize,
): void {
  const end = state + <usize>keys * bytes, zero = f32x4.splat(0);
  let r0 = zero, r1 = zero, r2 = zero, r3 = zero;
  for (let s = state; s < end; s += bytes, a += 4) {
    const x = v128.load32_splat(a);
    r0 = fma(x, v128.load(s), r0);
    r1 = fma(x, v128.load(s, 16), r1);
    r2 = fma(x, v128.load(s, 32), r2);
    r3 = fma(x, v128.load(s, 48), r3);
  }
  const v0 = v128.load(v), v1 = v128.load(v, 16), v2 = v128.load(v, 32), v3 = v128.load(v, 48);
  let o0 = zero, o1 = zero, o2 = zero, o3 = zero;
  for (let s = state; s < end; s += bytes, q += 4, k += 4, b += 4, w += 4) {
    const decay = v128.load32_splat(w), key = v128.load32_splat(k), to = v128.load32_splat(b), query = v128.load32_splat(q);
    let x = fma(decay, v128.load(s), fma(to, r0, f32x4.mul(key, v0)));
    v128.store(s, x);
    o0 = fma(query, x, o0);
    x = fma(decay, v128.load(s, 16), fma(to, r1, f32x4.mul(key, v1)));
    v128.store(s, x, 16);
    o1 = fma(query, x, o1);
    x = fma(decay, v128.load(s, 32), fma(to, r2, f32x4.mul(key, v2)));
    v128.store(s, x, 32);
    o2 = fma(query, x, o2);
    x = fma(decay, v128.load(s, 48), fma(to, r3, f32x4.mul(key, v3)));
    v128.store(s, x, 48);
    o3 = fma(query, x, o3);
  }
  v128.store(o, o0);
  v128.store(o, o1, 16);
  v128.store(o, o2, 32);
  v128.store(o, o3, 48);
}

function stepNarrow(
  q: usize, k: usize, a: usize, b: usize, w: usize, keys: i32, v: usize, o: usize, state: usize, bytes: usize,
): void {
  const end = state + <usize>keys * bytes, value = v128.load(v);
  let read = f32x4.splat(0), out = read;
  for (let s = state; s < end; s += bytes, a += 4) read = fma(v128.load32_splat(a), v128.load(s), read);
  for (let s = state; s < end; s += bytes, q += 4, k += 4, b += 4, w += 4) {
    const written = fma(v128.load32_splat(b), read, f32x4.mul(v128.load32_splat(k), value));
    const x = fma(v128.load32_splat(w), v128.load(s), written);
    v128.store(s, x);
    out = fma(v128.load32_splat(q), x, out);
  }
  v128.store(o, out);
}
