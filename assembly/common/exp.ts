// e^x in four f32 lanes: x = n ln2 + r with |r| <= ln2 / 2, e^x = 2^n p(r); the coefficients of p are those of Cephes expf
// (Moshier 1984).
// n comes from adding 1.5 * 2^23: the sum's low mantissa bits ARE n, so neither a rounding nor a conversion
// instruction (both slow on x64) is needed. ln2 is split in two (Cody and Waite 1980): n * LN2_HI is exact.

import { fma, fnma } from "./fma";

const LOG2E: f32 = 1.44269504;
const LN2_HI: f32 = 0.693359375;
const LN2_LO: f32 = -2.12194440e-4;
const MAGIC: f32 = 12582912.0;
const MAGIC_BITS: i32 = 0x4b400000;

/** e^r for |r| <= 0.35, relative error below 1 ulp. */
// @ts-ignore: decorator
@inline
function expReduced(r: v128): v128 {
  let p = fma(f32x4.splat(1.9875691500e-4), r, f32x4.splat(1.3981999507e-3));
  p = fma(p, r, f32x4.splat(8.3334519073e-3));
  p = fma(p, r, f32x4.splat(4.1665795894e-2));
  p = fma(p, r, f32x4.splat(1.6666665459e-1));
  p = fma(p, r, f32x4.splat(5.0000001201e-1));
  return f32x4.add(fma(p, f32x4.mul(r, r), r), f32x4.splat(1));
}

/** x - n ln2. */
// @ts-ignore: decorator
@inline
function reduce(x: v128, n: v128): v128 {
  return fnma(n, f32x4.splat(LN2_LO), fnma(n, f32x4.splat(LN2_HI), x));
}

/** e^x, at most 2 ulp for every x, subnormal results included; -inf -> 0, above 88.73 -> inf, NaN -> NaN. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // pmax(x, c) and pmin(x, c) keep a NaN x, and are one instruction each where min and max are several.
  const clamped = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-104)), f32x4.splat(89));
  const shifted = fma(clamped, f32x4.splat(LOG2E), f32x4.splat(MAGIC));
  const n = i32x4.sub(shifted, i32x4.splat(MAGIC_BITS));
  const p = expReduced(reduce(clamped, f32x4.sub(shifted, f32x4.splat(MAGIC))));
  // 2^n in two factors: n reaches -150 and 128, outside the exponent of one normal number.
  const half = i32x4.shr_s(n, 1);
  const bias = i32x4.splat(127);
  const low = i32x4.shl(i32x4.add(half, bias), 23);
  const high = i32x4.shl(i32x4.add(i32x4.sub(n, half), bias), 23);
  return f32x4.mul(f32x4.mul(p, low), high);
}

/** e^x for x <= 0, as a softmax needs it: 2 ulp, and exactly 0 below about -87.7 (no subnormal results); NaN -> NaN. */
// @ts-ignore: decorator
@inline
export function expNonPositive4(x: v128): v128 {
  // At -88, n is -127 and the biased exponent 0: the scale is +0 and so is the result.
  const clamped = f32x4.pmax(x, f32x4.splat(-88));
  const shifted = fma(clamped, f32x4.splat(LOG2E), f32x4.splat(MAGIC));
  const p = expReduced(reduce(clamped, f32x4.sub(shifted, f32x4.splat(MAGIC))));
  return f32x4.mul(p, i32x4.add(i32x4.shl(shifted, 23), i32x4.splat(0x3f800000)));
}
