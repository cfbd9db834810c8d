// Scans of adjacent columns of floats, all lanes of a row at once: the carried doubles of the columns lie in memory.
//
// mode: 1 exclusive, 2 reversed (from the last row up), 8 resets are one byte per element rather than one per row.
// resets: not 0 where a column begins anew, `step` bytes from row to row; 0 for none.

import { join, joinOne, neutral, pairOf, storePairs, widened } from "../common/scan-doubles";

/** Four words, all ones where a column begins anew. */
// @ts-ignore: decorator
@inline
function resetLanes(resets: usize, single: bool): v128 {
  if (single) return i32x4.splat(-(<i32>(load<u8>(resets) != 0)));
  const bytes = v128.load32_zero(resets);
  const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
  return i32x4.ne(words, i32x4.splat(0));
}

/** One row of two lanes: the carried values at acc move on, and what is to be written is returned. */
// @ts-ignore: decorator
@inline
function advanced(op: i32, exclusive: bool, acc: usize, x: v128, reset: v128): v128 {
  const before = v128.bitselect(f64x2.splat(neutral(op)), v128.load(acc), reset);
  // Not a join with the neutral value, which would make 0 of -0.
  const after = v128.bitselect(x, join(op, before, x), reset);
  v128.store(acc, after);
  return exclusive ? before : after;
}

// @ts-ignore: decorator
@inline
function row<T>(op: i32, exclusive: bool, single: bool, src: usize, resets: usize, dst: usize, acc: usize, width: i32): void {
  let mask = i32x4.splat(0);
  if (single && resets) mask = resetLanes(resets, true);
  for (; width >= 4; width -= 4) {
    if (!single) mask = resetLanes(resets, false);
    const first = advanced(op, exclusive, acc, pairOf<T>(src, false), widened(mask, false));
    const second = advanced(op, exclusive, acc + 16, pairOf<T>(src, true), widened(mask, true));
    storePairs<T>(dst, first, second);
    src += 4 * sizeof<T>();
    dst += 4 * sizeof<T>();
    acc += 32;
    if (!single) resets += 4;
  }
  for (; width > 0; width--) {
    const reset = resets != 0 && load<u8>(resets) != 0;
    const x = <f64>load<T>(src);
    const before = reset ? neutral(op) : load<f64>(acc);
    const after = reset ? x : joinOne(op, before, x);
    store<f64>(acc, after);
    store<T>(dst, <T>(exclusive ? before : after));
    src += sizeof<T>();
    dst += sizeof<T>();
    acc += 8;
    if (!single) resets++;
  }
}

// @ts-ignore: decorator
@inline
function columnsAs<T>(op: i32, mode: i32, src: usize, resets: usize, step: usize, dst: usize, acc: usize, n: i32, width: i32, pitch: usize): void {
  for (let i = 0; i < width; i++) store<f64>(acc + ((<usize>i) << 3), neutral(op));
  for (let i = 0; i < n; i++) {
    const t: usize = mode & 2 ? n - 1 - i : i;
    const flags = resets ? resets + t * step : 0;
    const exclusive = (mode & 1) != 0;
    if (mode & 8) row<T>(op, exclusive, false, src + t * pitch, flags, dst + t * pitch, acc, width);
    else row<T>(op, exclusive, true, src + t * pitch, flags, dst + t * pitch, acc, width);
  }
}

/** `width` columns of n rows, `pitch` bytes apart; acc is for as many doubles. */
export function f32_scan_columns(op: i32, mode: i32, src: usize, resets: usize, step: usize, dst: usize, acc: usize, n: i32, width: i32, pitch: usize): void {
  switch (op) {
    case 0: columnsAs<f32>(0, mode, src, resets, step, dst, acc, n, width, pitch); break;
    case 1: columnsAs<f32>(1, mode, src, resets, step, dst, acc, n, width, pitch); break;
    default: columnsAs<f32>(2, mode, src, resets, step, dst, acc, n, width, pitch);
  }
}

/** The same over f64. */
export function f64_scan_columns(op: i32, mode: i32, src: usize, resets: usize, step: usize, dst: usize, acc: usize, n: i32, width: i32, pitch: usize): void {
  switch (op) {
    case 0: columnsAs<f64>(0, mode, src, resets, step, dst, acc, n, width, pitch); break;
    case 1: columnsAs<f64>(1, mode, src, resets, step, dst, acc, n, width, pitch); break;
    default: columnsAs<f64>(2, mode, src, resets, step, dst, acc, n, width, pitch);
  }
}
