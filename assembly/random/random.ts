// Streams of uniform, normal and integer variates, one word of Threefry each: variate e of a stream is word e & 1 of counter
// e >> 1, so any part of a stream can be made on its own, anywhere.

import { fma } from "../common/fma";
import { log4 } from "../common/log";
import { loadTail, storeTail } from "../common/tail";
import { threefry } from "../common/threefry";

/** Words made at a time. */
const BLOCK = 512;

// @ts-ignore: decorator
@lazy
const CENTRAL: usize = memory.data<f32>([
  3.33680603e-8, 4.86929991e-7, -4.90178627e-6, -6.22942071e-6, 0.000308792107, -0.00177296088, -0.0059076855, 0.348802596,
  2.12331343,
]);

// @ts-ignore: decorator
@lazy
const TAIL: usize = memory.data<f32>([
  -2.52011741e-5, 8.04871597e-5, -5.75245431e-5, -0.000313011464, 0.00161718798, -0.0048720208, 0.00967829395, 1.41797876,
  4.00618696,
]);

/** A polynomial of degree 8. */
// @ts-ignore: decorator
@inline
function polynomial(coefficients: usize, t: v128): v128 {
  let p = fma(v128.load32_splat(coefficients), t, v128.load32_splat(coefficients, 4));
  p = fma(p, t, v128.load32_splat(coefficients, 8));
  p = fma(p, t, v128.load32_splat(coefficients, 12));
  p = fma(p, t, v128.load32_splat(coefficients, 16));
  p = fma(p, t, v128.load32_splat(coefficients, 20));
  p = fma(p, t, v128.load32_splat(coefficients, 24));
  p = fma(p, t, v128.load32_splat(coefficients, 28));
  return fma(p, t, v128.load32_splat(coefficients, 32));
}

/**
 * The normal quantile of (k + 1/2) / 2^23 for the upper 23 bits k. With x = 2u - 1 and w = -ln(1 - x^2) it is x P(w - 2.5)
 * below w = 5 and sign(x) Q(sqrt(w) - 3) above: the variables of Giles (2011), own fits.
 */
// @ts-ignore: decorator
@inline
function normalOf(words: v128): v128 {
  // 2k + 1 - 2^23 is odd and below 2^23: x and 1 -+ x are exact.
  const k = i32x4.shr_u(words, 9);
  const odd = i32x4.sub(i32x4.add(i32x4.add(k, k), i32x4.splat(1)), i32x4.splat(1 << 23));
  const x = f32x4.mul(f32x4.convert_i32x4_s(odd), f32x4.splat(1.1920928955078125e-7));
  const one = f32x4.splat(1);
  const w = f32x4.neg(log4(f32x4.mul(f32x4.sub(one, x), f32x4.add(one, x))));
  const central = f32x4.mul(x, polynomial(CENTRAL, f32x4.sub(w, f32x4.splat(2.5))));
  const far = f32x4.gt(w, f32x4.splat(5));
  if (!v128.any_true(far)) return central;
  const tail = polynomial(TAIL, f32x4.sub(f32x4.sqrt(f32x4.abs(w)), f32x4.splat(3)));
  return v128.bitselect(v128.bitselect(x, tail, f32x4.splat(-0.0)), central, far);
}

// @ts-ignore: decorator
@inline
function variate(kind: i32, words: v128, low: v128, range: v128): v128 {
  if (kind == 0) return words;
  // 24 bits are exact in f32, and so is the scale.
  if (kind == 1) return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(words, 8)), f32x4.splat(5.9604644775390625e-8));
  if (kind == 2) return normalOf(words);
  // The high word of word * range, from the two even and the two odd lanes.
  const even = i64x2.shr_u(i64x2.extmul_low_i32x4_u(words, range), 32);
  const odd = i64x2.shr_u(i64x2.extmul_high_i32x4_u(words, range), 32);
  return i32x4.add(low, i32x4.shuffle(even, odd, 0, 2, 4, 6));
}

// @ts-ignore: decorator
@inline
function transform(kind: i32, src: usize, dst: usize, n: i32, low: i32, range: i32): void {
  const lows = i32x4.splat(low);
  const ranges = i32x4.splat(range);
  for (; n >= 4; n -= 4) {
    v128.store(dst, variate(kind, v128.load(src), lows, ranges));
    src += 16;
    dst += 16;
  }
  if (n > 0) storeTail(dst, variate(kind, loadTail(src, n), lows, ranges), n);
}

function variates(kind: i32, words: usize, dst: usize, n: i32, low: i32, range: i32): void {
  if (kind == 1) transform(1, words, dst, n, low, range);
  else if (kind == 2) transform(2, words, dst, n, low, range);
  else if (kind == 3) transform(3, words, dst, n, low, range);
  else transform(0, words, dst, n, low, range);
}

/**
 * n variates at dst, from word `skip` (0 or 1) of the counter on. kind 0: the words, 1: f32 in [0, 1), 2: standard normal
 * f32, 3: integers in [low, low + range), 0 < range < 2^32. scratch holds 2 KiB and is not shared between calls.
 */
export function random(
  kind: i32, dst: usize, n: i32, counterLow: i32, counterHigh: i32, skip: i32, key0: i32, key1: i32, low: i32, range: i32,
  scratch: usize,
): void {
  while (n > 0) {
    const count = min<i32>(n, BLOCK - skip);
    threefry(scratch, (skip + count + 1) >> 1, counterLow, counterHigh, key0, key1);
    variates(kind, scratch + ((<usize>skip) << 2), dst, count, low, range);
    dst += (<usize>count) << 2;
    n -= count;
    counterLow += BLOCK >> 1;
    if (<u32>counterLow < <u32>(BLOCK >> 1)) counterHigh++;
    skip = 0;
  }
}
