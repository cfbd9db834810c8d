// Logarithms in four f32 lanes: x = 2^e m with m in [sqrt(1/2), sqrt(2)), log x = e ln2 + log(1 + f), f = m - 1.
// The polynomial was fitted for the least relative error of f - f^2/2 + f^3 P(f) on that interval (2^-30).

import { fma } from "./fma";

const LN2_HI: f32 = 0.693359375;
const LN2_LO: f32 = -2.12194440e-4;
const LOG2E: f32 = 1.44269504;
/** Bits of sqrt(1/2): what lies below belongs to the next lower power of two. */
const SQRT_HALF_BITS: i32 = 0x3f3504f3;
const SMALLEST_NORMAL: f32 = 1.17549435e-38;

// Loading a constant is one instruction, materialising it four; a polynomial of nine feels the difference.
// @ts-ignore: decorator
@lazy
const P: usize = memory.data<f32>([
  0.0674953982, -0.116701849, 0.118834719, -0.124062084, 0.142203629, -0.166679904, 0.200020716, -0.250000089, 0.333333135,
]);

/** log(1 + f) - f for f in [sqrt(1/2) - 1, sqrt(2) - 1]. */
// @ts-ignore: decorator
@inline
function remainder(f: v128): v128 {
  let p = fma(v128.load32_splat(P), f, v128.load32_splat(P, 4));
  p = fma(p, f, v128.load32_splat(P, 8));
  p = fma(p, f, v128.load32_splat(P, 12));
  p = fma(p, f, v128.load32_splat(P, 16));
  p = fma(p, f, v128.load32_splat(P, 20));
  p = fma(p, f, v128.load32_splat(P, 24));
  p = fma(p, f, v128.load32_splat(P, 28));
  p = fma(p, f, v128.load32_splat(P, 32));
  const square = f32x4.mul(f, f);
  return fma(f32x4.mul(p, f), square, f32x4.mul(square, f32x4.splat(-0.5)));
}

/** log2 (base2) or ln of normal positive numbers times 2^-shift, where shift is an integer per lane. */
// @ts-ignore: decorator
@inline
function logNormal(x: v128, shift: v128, base2: bool): v128 {
  const e = i32x4.shr_s(i32x4.sub(x, i32x4.splat(SQRT_HALF_BITS)), 23);
  const f = f32x4.sub(i32x4.sub(x, i32x4.shl(e, 23)), f32x4.splat(1));
  const ef = f32x4.convert_i32x4_s(i32x4.sub(e, shift));
  if (base2) return f32x4.add(ef, f32x4.mul(f32x4.add(remainder(f), f), f32x4.splat(LOG2E)));
  return fma(ef, f32x4.splat(LN2_HI), f32x4.add(fma(ef, f32x4.splat(LN2_LO), remainder(f)), f));
}

/** The same for any x: subnormals scaled by 2^23; 0 -> -inf, inf -> inf, below zero and NaN -> NaN. */
// @ts-ignore: decorator
@inline
function logAny(x: v128, base2: bool): v128 {
  const zero = f32x4.splat(0);
  const subnormal = f32x4.lt(x, f32x4.splat(SMALLEST_NORMAL));
  const normal = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, subnormal);
  const result = logNormal(normal, v128.and(subnormal, i32x4.splat(23)), base2);
  const positive = v128.bitselect(f32x4.splat(Infinity), f32x4.splat(NaN), f32x4.gt(x, zero));
  const special = v128.bitselect(f32x4.splat(-Infinity), positive, f32x4.eq(x, zero));
  return v128.bitselect(result, special, v128.and(f32x4.gt(x, zero), f32x4.lt(x, f32x4.splat(Infinity))));
}

// Not inlined: the rare way costs its callers one branch.
function lnRare(x: v128): v128 {
  return logAny(x, false);
}

function log2Rare(x: v128): v128 {
  return logAny(x, true);
}

// @ts-ignore: decorator
@inline
function allNormal(x: v128): bool {
  return i32x4.all_true(v128.and(f32x4.ge(x, f32x4.splat(SMALLEST_NORMAL)), f32x4.lt(x, f32x4.splat(Infinity))));
}

/** ln x, at most 1.5 ulp over all positive f32, subnormals included. */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  return allNormal(x) ? logNormal(x, i32x4.splat(0), false) : lnRare(x);
}

/** log2 x, at most 2.5 ulp; exact for powers of two. */
// @ts-ignore: decorator
@inline
export function log2_4(x: v128): v128 {
  return allNormal(x) ? logNormal(x, i32x4.splat(0), true) : log2Rare(x);
}

/**
 * ln(1 + x), at most 2.5 ulp. Where 1 + x needs no reduction, x itself goes into the polynomial and nothing is rounded away;
 * elsewhere the rounding of 1 + x is half an ulp of a logarithm above 0.34.
 */
// @ts-ignore: decorator
@inline
export function log1p4(x: v128): v128 {
  const near = v128.and(f32x4.gt(x, f32x4.splat(-0.2928932)), f32x4.lt(x, f32x4.splat(0.4142135)));
  if (i32x4.all_true(near)) return f32x4.add(x, remainder(x));
  return v128.bitselect(f32x4.add(x, remainder(x)), log4(f32x4.add(x, f32x4.splat(1))), near);
}
