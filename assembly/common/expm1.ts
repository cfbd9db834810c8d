// e^x - 1, tanh, 2^x and the logistic function in four f32 lanes. Polynomials fitted for least relative error.

import { exp4 } from "./exp";
import { fma, fnma } from "./fma";

/** Adding it leaves the rounded integer in the low bits of the sum (see exp.ts). */
const MAGIC: f32 = 12582912.0;
const MAGIC_BITS: i32 = 0x4b400000;

// Loaded, not materialised (see exp.ts): of expm1, then of exp2.
// @ts-ignore: decorator
@lazy
const C: usize = memory.data<f32>([
  1.44269504, 12582912.0, 0.693359375, -2.12194440e-4,
  0.00138699578, 0.00836625323, 0.0416674428, 0.166665465, 0.49999997,
  -18, 89,
]);
// @ts-ignore: decorator
@lazy
const D: usize = memory.data<f32>([
  0.000153289075, 0.00133909762, 0.00961850025, 0.0555035956, 0.240226477, 0.693147182, 1,
]);

/** 2^n for integers n in [-126, 127]. */
// @ts-ignore: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** e^x - 1, at most 2 ulp; -1 below -18, inf above 88.73. */
// @ts-ignore: decorator
@inline
export function expm1_4(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.pmax(x, v128.load32_splat(C, 36)), v128.load32_splat(C, 40));
  const magic = v128.load32_splat(C, 4);
  const shifted = fma(clamped, v128.load32_splat(C), magic);
  const n = f32x4.sub(shifted, magic);
  const r = fnma(n, v128.load32_splat(C, 12), fnma(n, v128.load32_splat(C, 8), clamped));
  let p = fma(v128.load32_splat(C, 16), r, v128.load32_splat(C, 20));
  p = fma(p, r, v128.load32_splat(C, 24));
  p = fma(p, r, v128.load32_splat(C, 28));
  p = fma(p, r, v128.load32_splat(C, 32));
  p = fma(p, f32x4.mul(r, r), r);
  // 2^n (1 + p) - 1 with half the scale, doubled at the end: n reaches 128, which is no f32 exponent.
  const half = powerOfTwo(i32x4.sub(shifted, i32x4.splat(MAGIC_BITS + 1)));
  const sum = fma(half, p, f32x4.sub(half, f32x4.splat(0.5)));
  return f32x4.add(sum, sum);
}

/** tanh x = t / (t + 2) with t = e^(2|x|) - 1, at most 3 ulp; odd, +-1 beyond 10. */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const magnitude = f32x4.pmin(f32x4.abs(x), f32x4.splat(10));
  const t = expm1_4(f32x4.add(magnitude, magnitude));
  const result = f32x4.div(t, f32x4.add(t, f32x4.splat(2)));
  return v128.bitselect(x, result, i32x4.splat(0x80000000));
}

/** 2^x, at most 1.5 ulp, subnormal results included; exact for integers. */
// @ts-ignore: decorator
@inline
export function exp2_4(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-151)), f32x4.splat(129));
  const shifted = f32x4.add(clamped, f32x4.splat(MAGIC));
  const r = f32x4.sub(clamped, f32x4.sub(shifted, f32x4.splat(MAGIC)));
  let p = fma(v128.load32_splat(D), r, v128.load32_splat(D, 4));
  p = fma(p, r, v128.load32_splat(D, 8));
  p = fma(p, r, v128.load32_splat(D, 12));
  p = fma(p, r, v128.load32_splat(D, 16));
  p = fma(p, r, v128.load32_splat(D, 20));
  p = fma(p, r, v128.load32_splat(D, 24));
  const n = i32x4.sub(shifted, i32x4.splat(MAGIC_BITS));
  const half = i32x4.shr_s(n, 1);
  return f32x4.mul(f32x4.mul(p, powerOfTwo(half)), powerOfTwo(i32x4.sub(n, half)));
}

/** 1 / (1 + e^-x), at most 4 ulp, subnormal results included: only e^-|x| is taken, so nothing overflows. */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  const e = exp4(f32x4.neg(f32x4.abs(x)));
  const numerator = v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0)));
  return f32x4.div(numerator, f32x4.add(one, e));
}
