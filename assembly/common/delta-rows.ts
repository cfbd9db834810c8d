// Rows of floats, any number of them and at any address: what the delta rule does outside of its tiles.

import { fma } from "./fma";

/** Row of an array of rows of `channels` floats. */
// @ts-ignore: decorator
@inline
export function rowOf(base: usize, row: i32, channels: i32): usize {
  return base + (<usize>(row * channels) << 2);
}

export function copyRow(src: usize, dst: usize, n: i32): void {
  let i = 0;
  for (; i <= n - 4; i += 4, src += 16, dst += 16) v128.store(dst, v128.load(src));
  for (; i < n; i++, src += 4, dst += 4) store<f32>(dst, load<f32>(src));
}

/** Zeros in entries [from, n): rows are too short for memory.fill to be worth its call. */
export function zeroRow(row: usize, from: i32, n: i32): void {
  for (; from < n && (from & 3) != 0; from++) store<f32>(row + (<usize>from << 2), 0);
  for (; from <= n - 4; from += 4) v128.store(row + (<usize>from << 2), f32x4.splat(0));
  for (; from < n; from++) store<f32>(row + (<usize>from << 2), 0);
}

/** dst = src times a number. */
export function scaleRow(src: usize, dst: usize, n: i32, factor: f32): void {
  const x = f32x4.splat(factor);
  let i = 0;
  for (; i <= n - 4; i += 4, src += 16, dst += 16) v128.store(dst, f32x4.mul(x, v128.load(src)));
  for (; i < n; i++, src += 4, dst += 4) store<f32>(dst, factor * load<f32>(src));
}

/** dst = src times a row. */
export function multiplyRow(src: usize, row: usize, dst: usize, n: i32): void {
  let i = 0;
  for (; i <= n - 4; i += 4, src += 16, row += 16, dst += 16) v128.store(dst, f32x4.mul(v128.load(row), v128.load(src)));
  for (; i < n; i++, src += 4, row += 4, dst += 4) store<f32>(dst, load<f32>(row) * load<f32>(src));
}

/** sum += factor x, n floats. */
export function addScaled(x: usize, factor: f32, sum: usize, n: i32): void {
  const f = f32x4.splat(factor);
  let i = 0;
  for (; i <= n - 4; i += 4, x += 16, sum += 16) v128.store(sum, fma(f, v128.load(x), v128.load(sum)));
  for (; i < n; i++, x += 4, sum += 4) store<f32>(sum, load<f32>(sum) + factor * load<f32>(x));
}

/** sum += x y, n floats. */
export function addProduct(x: usize, y: usize, sum: usize, n: i32): void {
  let i = 0;
  for (; i <= n - 4; i += 4, x += 16, y += 16, sum += 16) v128.store(sum, fma(v128.load(x), v128.load(y), v128.load(sum)));
  for (; i < n; i++, x += 4, y += 4, sum += 4) store<f32>(sum, load<f32>(sum) + load<f32>(x) * load<f32>(y));
}

/** Sum of x y over n channels. */
export function dotRows(x: usize, y: usize, n: i32): f32 {
  let sum = f32x4.splat(0), d = 0;
  for (; d <= n - 4; d += 4, x += 16, y += 16) sum = fma(v128.load(x), v128.load(y), sum);
  let rest: f32 = 0;
  for (; d < n; d++, x += 4, y += 4) rest += load<f32>(x) * load<f32>(y);
  return (f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1)) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3)) + rest;
}

// @ts-ignore: decorator
@inline
export function fillOnes(row: usize, n: i32): void {
  for (let d = 0; d < n; d++, row += 4) store<f32>(row, 1);
}

