// A tile of scores: 4 queries by 8 keys over K channels, weighted by the decays between them, and turned so that it continues the
// queries' panel (gated-chunk.ts).

import { fma } from "./fma";

/** Four rows of 4 as four columns, 16 bytes apart. */
// @ts-ignore: decorator
@inline
function storeTurned(r0: v128, r1: v128, r2: v128, r3: v128, dst: usize): void {
  const t0 = i32x4.shuffle(r0, r1, 0, 4, 1, 5), t1 = i32x4.shuffle(r0, r1, 2, 6, 3, 7);
  const t2 = i32x4.shuffle(r2, r3, 0, 4, 1, 5), t3 = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
  v128.store(dst, i64x2.shuffle(t0, t2, 0, 2));
  v128.store(dst, i64x2.shuffle(t0, t2, 1, 3), 16);
  v128.store(dst, i64x2.shuffle(t1, t3, 0, 2), 32);
  v128.store(dst, i64x2.shuffle(t1, t3, 1, 3), 48);
}

/** dst [8, 4] = (q k^T * weights)^T: q is a panel [K, 4], k a panel [K, 8], the four rows of weights are weightStep bytes apart. */
export function scoreTile(q: usize, k: usize, K: i32, weights: usize, weightStep: usize, dst: usize): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let i: usize = 0, end = <usize>K << 4; i < end; i += 16) {
    const rows = q + i, columns = k + (i << 1);
    const b0 = v128.load(columns), b1 = v128.load(columns, 16);
    let x = v128.load32_splat(rows);
    c00 = fma(x, b0, c00);
    c01 = fma(x, b1, c01);
    x = v128.load32_splat(rows, 4);
    c10 = fma(x, b0, c10);
    c11 = fma(x, b1, c11);
    x = v128.load32_splat(rows, 8);
    c20 = fma(x, b0, c20);
    c21 = fma(x, b1, c21);
    x = v128.load32_splat(rows, 12);
    c30 = fma(x, b0, c30);
    c31 = fma(x, b1, c31);
  }
  const w1 = weights + weightStep, w2 = w1 + weightStep, w3 = w2 + weightStep;
  storeTurned(
    f32x4.mul(c00, v128.load(weights)), f32x4.mul(c10, v128.load(w1)),
    f32x4.mul(c20, v128.load(w2)), f32x4.mul(c30, v128.load(w3)), dst,
  );
  storeTurned(
    f32x4.mul(c01, v128.load(weights, 16)), f32x4.mul(c11, v128.load(w1, 16)),
    f32x4.mul(c21, v128.load(w2, 16)), f32x4.mul(c31, v128.load(w3, 16)), dst + 64,
  );
}
