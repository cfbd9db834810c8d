// Products with hardly any reuse - one or few rows, or an inner dimension of one or few: reading B once, unpacked, is all
// the work there is. Packing would double it.

import { fma } from "../common/fma";

/** Columns per pass: 16 KiB of c stay in the first-level cache while rows of B stream by. */
const PASS_COLUMNS: i32 = 4096;

/**
 * c[0..n) (+)= x[0..4) B[0..4, n): four rows of B per pass over c, eight columns per turn, which pays for the five addresses
 * that a turn computes.
 */
function rankFour(x: usize, b: usize, bStep: usize, c: usize, n: i32, accumulate: bool): void {
  const x0 = v128.load32_splat(x), x1 = v128.load32_splat(x, 4);
  const x2 = v128.load32_splat(x, 8), x3 = v128.load32_splat(x, 12);
  const b1 = b + bStep, b2 = b1 + bStep, b3 = b2 + bStep;
  let j: usize = 0;
  for (const end = <usize>(n & ~7) << 2; j < end; j += 32) {
    const to = c + j, p0 = b + j, p1 = b1 + j, p2 = b2 + j, p3 = b3 + j;
    let y = accumulate ? v128.load(to) : f32x4.splat(0), z = accumulate ? v128.load(to, 16) : f32x4.splat(0);
    y = fma(x0, v128.load(p0), y);
    z = fma(x0, v128.load(p0, 16), z);
    y = fma(x1, v128.load(p1), y);
    z = fma(x1, v128.load(p1, 16), z);
    y = fma(x2, v128.load(p2), y);
    z = fma(x2, v128.load(p2, 16), z);
    v128.store(to, fma(x3, v128.load(p3), y));
    v128.store(to, fma(x3, v128.load(p3, 16), z), 16);
  }
  for (const end = <usize>n << 2; j < end; j += 4) {
    let y: f32 = accumulate ? load<f32>(c + j) : 0;
    y += load<f32>(x) * load<f32>(b + j);
    y += load<f32>(x, 4) * load<f32>(b1 + j);
    y += load<f32>(x, 8) * load<f32>(b2 + j);
    store<f32>(c + j, y + load<f32>(x, 12) * load<f32>(b3 + j));
  }
}

/** c[0..n) (+)= x[0] B[0, n). */
function rankOne(x: usize, b: usize, c: usize, n: i32, accumulate: bool): void {
  const x0 = v128.load32_splat(x);
  let j: usize = 0;
  if (accumulate) for (const end = <usize>(n & ~3) << 2; j < end; j += 16) {
    v128.store(c + j, fma(x0, v128.load(b + j), v128.load(c + j)));
  }
  else for (const end = <usize>(n & ~3) << 2; j < end; j += 16) v128.store(c + j, f32x4.mul(x0, v128.load(b + j)));
  for (const end = <usize>n << 2; j < end; j += 4) {
    const y = load<f32>(x) * load<f32>(b + j);
    store<f32>(c + j, accumulate ? load<f32>(c + j) + y : y);
  }
}

/** c = A B: a [m, k], b [k, n], c [m, n], each by rows of its own stride in elements; k >= 1. */
export function f32_gemm_thin(
  a: usize, aStride: i32, b: usize, bStride: i32, c: usize, cStride: i32, m: i32, n: i32, k: i32,
): void {
  const bStep = <usize>bStride << 2;
  for (let column = 0; column < n; column += PASS_COLUMNS) {
    const columns = min(PASS_COLUMNS, n - column), at = <usize>column << 2;
    for (let row = 0; row < m; row++) {
      const to = c + (<usize>(row * cStride) << 2) + at;
      let x = a + (<usize>(row * aStride) << 2), from = b + at, l = 0;
      for (; l <= k - 4; l += 4, x += 16, from += bStep << 2) rankFour(x, from, bStep, to, columns, l > 0);
      for (; l < k; l++, x += 4, from += bStep) rankOne(x, from, to, columns, l > 0);
    }
  }
}

// @ts-ignore: decorator
@inline
function sum4(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** x . y over k elements. */
function dot(x: usize, y: usize, k: i32): f32 {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, i: usize = 0;
  for (const end = <usize>(k & ~15) << 2; i < end; i += 64) {
    s0 = fma(v128.load(x + i), v128.load(y + i), s0);
    s1 = fma(v128.load(x + i, 16), v128.load(y + i, 16), s1);
    s2 = fma(v128.load(x + i, 32), v128.load(y + i, 32), s2);
    s3 = fma(v128.load(x + i, 48), v128.load(y + i, 48), s3);
  }
  for (const end = <usize>(k & ~3) << 2; i < end; i += 16) s0 = fma(v128.load(x + i), v128.load(y + i), s0);
  let s = sum4(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  for (const end = <usize>k << 2; i < end; i += 4) s += load<f32>(x + i) * load<f32>(y + i);
  return s;
}

/** y[i * yStride] = row i of a . x: a [m, k] by rows of aStride elements, x contiguous. */
export function f32_gemv(a: usize, aStride: i32, x: usize, y: usize, yStride: i32, m: i32, k: i32): void {
  const step = <usize>aStride << 2;
  for (let i = 0; i < m; i++, a += step, y += <usize>yStride << 2) store<f32>(y, dot(a, x, k));
}
