// The gradients of one step of a gated recurrence. States are rows [K, V4]: one row per channel of k, V4 is V rounded up to 4 and
// the columns beyond V are 0, as are those of the rows of v, g and dv.

import { fma } from "./fma";
import { GATE_LOG } from "./gated-layout";

// @ts-ignore: decorator
@inline
function sumOf(x: v128): f32 {
  const pairs = f32x4.add(x, i64x2.shuffle(x, x, 1, 0));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

// @ts-ignore: decorator
@inline
function addTo(p: usize, x: f32): void {
  store<f32>(p, load<f32>(p) + x);
}

/** after = a before + k v, by rows; factors: change [K4], keep [K4] of common/gated-factors.ts. */
export function advanceState(before: usize, after: usize, factors: usize, k: usize, v: usize, K: i32, V4: i32): void {
  const row = <usize>V4 << 2, masks = factors + (<usize>((K + 3) & ~3) << 2);
  for (let i: usize = 0, end = <usize>K << 2; i < end; i += 4, before += row, after += row) {
    const change = v128.load32_splat(factors + i), keep = v128.load32_splat(masks + i), key = v128.load32_splat(k + i);
    for (let c: usize = 0; c < row; c += 16) {
      const s = v128.load(before + c);
      v128.store(after + c, f32x4.add(v128.and(s, keep), fma(change, s, f32x4.mul(key, v128.load(v + c)))));
    }
  }
}

/**
 * d, the gradient of the state after the step [K, V4], becomes that of the state before it. g is scale dO; dq and dk are added to,
 * dv is written, dGate [K] or one sum receives the gradients of log-decays (kind 1) or factors; u = 0: no bonus.
 */
export function pullStepBack(
  exclusive: bool, kind: i32, before: usize, after: usize, d: usize, factors: usize,
  q: usize, k: usize, v: usize, g: usize, u: usize, dq: usize, dk: usize, dv: usize, du: usize, dGates: usize,
  K: i32, V4: i32,
): void {
  const row = <usize>V4 << 2, masks = factors + (<usize>((K + 3) & ~3) << 2);
  let own: f32 = 0, weight: f32 = 0;
  if (u) {
    let sum = f32x4.splat(0);
    for (let c: usize = 0; c < row; c += 16) sum = fma(v128.load(g + c), v128.load(v + c), sum);
    own = sumOf(sum);
  }
  memory.fill(dv, 0, row);
  const read = exclusive ? before : after;
  for (let i: usize = 0, end = <usize>K << 2, at: usize = 0; i < end; i += 4, at += row) {
    const query = v128.load32_splat(q + i), key = v128.load32_splat(k + i);
    const change = v128.load32_splat(factors + i), keep = v128.load32_splat(masks + i);
    let sumQ = f32x4.splat(0), sumK = sumQ, sumA = sumQ;
    for (let c: usize = 0; c < row; c += 16) {
      const gradient = v128.load(g + c);
      let x = v128.load(d + at + c);
      if (!exclusive) x = fma(query, gradient, x);
      sumQ = fma(v128.load(read + at + c), gradient, sumQ);
      sumK = fma(x, v128.load(v + c), sumK);
      sumA = fma(x, v128.load(before + at + c), sumA);
      v128.store(dv + c, fma(x, key, v128.load(dv + c)));
      x = f32x4.add(v128.and(x, keep), f32x4.mul(change, x));
      if (exclusive) x = fma(query, gradient, x);
      v128.store(d + at + c, x);
    }
    addTo(dq + i, sumOf(sumQ));
    addTo(dk + i, sumOf(sumK));
    const factor = load<f32>(factors + i) + (load<i32>(masks + i) ? <f32>1 : 0);
    store<f32>(dGates + i, kind == GATE_LOG ? factor * sumOf(sumA) : sumOf(sumA));
    if (!u) continue;
    const x = load<f32>(q + i), y = load<f32>(k + i), bonus = load<f32>(u + i);
    addTo(dq + i, bonus * y * own);
    addTo(dk + i, bonus * x * own);
    addTo(du + i, x * y * own);
    weight += x * bonus * y;
  }
  if (!u) return;
  for (let c: usize = 0; c < row; c += 16) {
    v128.store(dv + c, fma(f32x4.splat(weight), v128.load(g + c), v128.load(dv + c)));
  }
}
