// x^y in four f32 lanes, at most 1 ulp: 2^(y log2 |x|) in doubles, rounded once. IEEE 754 pow at the special values.
// log2 by the atanh series in s = (m - 1) / (m + 1), |s| <= 0.172, and 2^r by its Taylor series, |r| <= 1/2: both truncated
// where the rest is below 2^-36 and 2^-30.

import { fma64 } from "./fma";

const SQRT_HALF_BITS: i64 = 0x3fe6a09e667f3bcd;

/** log2 of two positive finite doubles. */
// @ts-ignore: decorator
@inline
function log2Of(x: v128): v128 {
  const e = i64x2.shr_s(i64x2.sub(x, i64x2.splat(SQRT_HALF_BITS)), 52);
  const m = i64x2.sub(x, i64x2.shl(e, 52));
  const one = f64x2.splat(1);
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const t = f64x2.mul(s, s);
  let p = fma64(f64x2.splat(0.22195308321368667), t, f64x2.splat(0.26230818925253877));
  p = fma64(p, t, f64x2.splat(0.3205988979753252));
  p = fma64(p, t, f64x2.splat(0.41219858311113243));
  p = fma64(p, t, f64x2.splat(0.5770780163555854));
  p = fma64(p, t, f64x2.splat(0.9617966939259756));
  p = fma64(p, t, f64x2.splat(2.8853900817779268));
  const eWords = i8x16.shuffle(e, e, 0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11);
  return fma64(p, s, f64x2.convert_low_i32x4_s(eWords));
}

/** 2^t of two doubles, |t| <= 1000. */
// @ts-ignore: decorator
@inline
function exp2Of(t: v128): v128 {
  const magic = f64x2.splat(6755399441055744);
  const shifted = f64x2.add(t, magic);
  const r = f64x2.sub(t, f64x2.sub(shifted, magic));
  let p = fma64(f64x2.splat(1.3215486790144307e-6), r, f64x2.splat(1.5252733804059841e-5));
  p = fma64(p, r, f64x2.splat(0.0001540353039338161));
  p = fma64(p, r, f64x2.splat(0.0013333558146428443));
  p = fma64(p, r, f64x2.splat(0.009618129107628477));
  p = fma64(p, r, f64x2.splat(0.05550410866482158));
  p = fma64(p, r, f64x2.splat(0.2402265069591007));
  p = fma64(p, r, f64x2.splat(0.6931471805599453));
  p = fma64(p, r, f64x2.splat(1));
  return f64x2.mul(p, i64x2.shl(i64x2.add(shifted, i64x2.splat(1023)), 52));
}

/** |x|^y of lanes 0 and 1, in lanes 0 and 1. */
// @ts-ignore: decorator
@inline
function powLow(magnitude: v128, y: v128): v128 {
  const base = f64x2.promote_low_f32x4(magnitude);
  const exponent = f64x2.promote_low_f32x4(y);
  const zero = f64x2.eq(base, f64x2.splat(0));
  const infinite = f64x2.eq(base, f64x2.splat(Infinity));
  let log = v128.bitselect(f64x2.splat(-Infinity), log2Of(base), zero);
  log = v128.bitselect(f64x2.splat(Infinity), log, infinite);
  // 1^y is 1 for infinite y as well, where the product would be NaN.
  const product = v128.andnot(f64x2.mul(exponent, log), f64x2.eq(base, f64x2.splat(1)));
  const clamped = f64x2.pmin(f64x2.pmax(product, f64x2.splat(-1000)), f64x2.splat(1000));
  return f32x4.demote_f64x2_zero(exp2Of(clamped));
}

// @ts-ignore: decorator
@inline
function highHalf(x: v128): v128 {
  return i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
}

export function pow4(x: v128, y: v128): v128 {
  const magnitude = f32x4.abs(x);
  const low = powLow(magnitude, y);
  const high = powLow(highHalf(magnitude), highHalf(y));
  let result = i8x16.shuffle(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
  // log2Of took the bits of a NaN for a number.
  result = v128.bitselect(result, f32x4.splat(NaN), f32x4.eq(x, x));

  const whole = f32x4.eq(y, f32x4.floor(y));
  const halfY = f32x4.mul(y, f32x4.splat(0.5));
  const odd = v128.andnot(whole, f32x4.eq(halfY, f32x4.floor(halfY)));
  result = v128.xor(result, v128.and(v128.and(x, odd), i32x4.splat(0x80000000)));

  const negative = v128.and(f32x4.lt(x, f32x4.splat(0)), f32x4.gt(x, f32x4.splat(-Infinity)));
  result = v128.bitselect(f32x4.splat(NaN), result, v128.andnot(negative, whole));
  // x^0 and 1^y are 1 whatever the other argument.
  const one = v128.or(f32x4.eq(y, f32x4.splat(0)), f32x4.eq(x, f32x4.splat(1)));
  return v128.bitselect(f32x4.splat(1), result, one);
}
