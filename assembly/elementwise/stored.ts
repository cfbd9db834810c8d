// Elementwise kernels over formats that are only stored (f16, bf16, the 8-bit ones): block by block widened to f32, computed
// there and narrowed again. Formats as in cast/widen.ts. Operands are contiguous, or a single element with step 0.

import { narrow, widen } from "../cast/widen";
import { f32_binary } from "./binary";
import { f32_compare } from "./compare";
import { f32_unary } from "./unary";

const BLOCK = 1024;
/** scratch: an empty nest (16 bytes) and a state (128), padded to 256, then two blocks of f32. */
const FIRST: usize = 256;
const SECOND: usize = 256 + 4 * BLOCK;

// @ts-ignore: decorator
@inline
function bytesOf(format: i32): usize {
  return format < 2 ? 2 : 1;
}

/** f32_unary over a stored format; scratch of 8448 bytes, not shared between calls. */
export function stored_unary(
  format: i32,
  op: i32,
  src: usize,
  dst: usize,
  n: i32,
  p: f32,
  q: f32,
  scratch: usize,
): void {
  const step = bytesOf(format) * BLOCK;
  for (; n > 0; n -= BLOCK) {
    const count = min<i32>(n, BLOCK);
    widen(format, src, scratch + FIRST, count);
    f32_unary(op, scratch + FIRST, scratch + FIRST, count, p, q);
    narrow(format, scratch + FIRST, dst, count);
    src += step;
    dst += step;
  }
}

/**
 * f32_binary (compare 0) or f32_compare (compare 1, dst is u8) of n elements; scratch of 8448 bytes, not shared between
 * calls.
 */
export function stored_binary(
  format: i32,
  compare: i32,
  op: i32,
  a: usize,
  b: usize,
  dst: usize,
  n: i32,
  aStep: i32,
  bStep: i32,
  scratch: usize,
): void {
  const step = bytesOf(format) * BLOCK;
  store<i32>(scratch, 0);
  if (!aStep) widen(format, a, scratch + FIRST, 1);
  if (!bStep) widen(format, b, scratch + SECOND, 1);
  for (; n > 0; n -= BLOCK) {
    const count = min<i32>(n, BLOCK);
    const first = scratch + FIRST;
    const second = scratch + SECOND;
    if (aStep) widen(format, a, first, count);
    if (bStep) widen(format, b, second, count);
    if (compare) {
      f32_compare(op, scratch, scratch + 16, first, second, dst, 0, 1, count, aStep, bStep);
      dst += BLOCK;
    } else {
      const result = aStep ? first : second;
      f32_binary(op, scratch, scratch + 16, first, second, result, 0, 1, count, aStep, bStep);
      narrow(format, result, dst, count);
      dst += step;
    }
    a += step;
    b += step;
  }
}
