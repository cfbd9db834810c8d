// sin and cos in four f32 lanes for every f32, at most 2 ulp. The angle is reduced to r in [-pi/4, pi/4] and a quadrant q:
// in f64 with pi/2 in two parts below 2^27, and beyond it with integers, from as many bits of 2/pi as the exponent asks
// for (Payne and Hanek 1983), which only single lanes ever need.

import { fma } from "./fma";

const TWO_OVER_PI: f64 = 0.6366197723675814;
/** pi/2: its first 25 bits, so that k times it is exact for k < 2^27, and the rest. */
const HALF_PI_HI: f64 = 1.5707963109016418;
const HALF_PI_LO: f64 = 1.5893254773528196e-8;
/** 1.5 * 2^52: adding it leaves the rounded integer in the low word of the sum. */
const MAGIC: f64 = 6755399441055744;
const LARGE: f32 = 134217728;

/** 2 pi / 2^64. */
const TURN: f64 = 3.4061215800865545e-19;
// @ts-ignore: decorator
@lazy
const TWO_OVER_PI_BITS: usize = memory.data<u32>([
  0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561,
]);

// @ts-ignore: decorator
@inline
function sinPolynomial(r: v128): v128 {
  const t = f32x4.mul(r, r);
  let p = fma(f32x4.splat(2.83268992e-6), t, f32x4.splat(-0.000198530703));
  p = fma(p, t, f32x4.splat(0.0083333794));
  p = fma(p, t, f32x4.splat(-0.166666672));
  return fma(f32x4.mul(p, t), r, r);
}

// @ts-ignore: decorator
@inline
function cosPolynomial(r: v128): v128 {
  const t = f32x4.mul(r, r);
  let p = fma(f32x4.splat(2.44325638e-5), t, f32x4.splat(-0.00138873106));
  p = fma(p, t, f32x4.splat(0.0416666456));
  p = fma(p, t, f32x4.splat(-0.5));
  return fma(p, t, f32x4.splat(1));
}

/** 32 bits of 2/pi from bit `at` on. */
// @ts-ignore: decorator
@inline
function bitsOfTwoOverPi(at: i32): u64 {
  const word = TWO_OVER_PI_BITS + ((<usize>(at >> 5)) << 2);
  const pair = ((<u64>load<u32>(word)) << 32) | (<u64>load<u32>(word, 4));
  return (pair << (at & 31)) >> 32;
}

/** The fraction of a turn in x (finite, |x| >= 2^27) as a 64-bit fixed-point number: m 2^e / (2 pi) modulo 1. */
function turnOf(bits: u32): u64 {
  const mantissa = <u64>((bits & 0x7fffff) | 0x800000);
  const at = <i32>((bits >> 23) & 0xff) - 152;
  const high = (mantissa * bitsOfTwoOverPi(at)) << 32;
  const middle = mantissa * bitsOfTwoOverPi(at + 32);
  const low = (mantissa * bitsOfTwoOverPi(at + 64)) >> 32;
  const turn = high + middle + low;
  return bits >> 31 ? 0 - turn : turn;
}

/** x - k pi/2 of two doubles. */
// @ts-ignore: decorator
@inline
function reduce(x: v128, k: v128): v128 {
  const high = f64x2.sub(x, f64x2.mul(k, f64x2.splat(HALF_PI_HI)));
  return f64x2.sub(high, f64x2.mul(k, f64x2.splat(HALF_PI_LO)));
}

/** sin of r + q pi/2, from both polynomials. */
// @ts-ignore: decorator
@inline
function rotate(r: v128, q: v128): v128 {
  const odd = i32x4.eq(v128.and(q, i32x4.splat(1)), i32x4.splat(1));
  const magnitude = v128.bitselect(cosPolynomial(r), sinPolynomial(r), odd);
  return v128.xor(magnitude, i32x4.shl(v128.and(q, i32x4.splat(2)), 30));
}

/** The same for one lane of any size; quarter is 1 for a cosine. */
function rotateLarge(x: f32, quarter: i32): f32 {
  const bits = reinterpret<u32>(x);
  if ((bits & 0x7fffffff) >= 0x7f800000) return NaN;
  const turn = turnOf(bits);
  const q = (turn + (1 << 61)) >> 62;
  const r = <f32>(<f64>(<i64>(turn - (q << 62))) * TURN);
  return f32x4.extract_lane(rotate(f32x4.splat(r), i32x4.splat(<i32>q + quarter)), 0);
}

/** The lane again, by the exact reduction, where |x| is at least LARGE or x is NaN. */
// @ts-ignore: decorator
@inline
function patched(result: f32, x: f32, quarter: i32): f32 {
  return abs<f32>(x) < LARGE ? result : rotateLarge(x, quarter);
}

function patchAll(result: v128, x: v128, quarter: i32): v128 {
  let r = f32x4.splat(patched(f32x4.extract_lane(result, 0), f32x4.extract_lane(x, 0), quarter));
  r = f32x4.replace_lane(r, 1, patched(f32x4.extract_lane(result, 1), f32x4.extract_lane(x, 1), quarter));
  r = f32x4.replace_lane(r, 2, patched(f32x4.extract_lane(result, 2), f32x4.extract_lane(x, 2), quarter));
  r = f32x4.replace_lane(r, 3, patched(f32x4.extract_lane(result, 3), f32x4.extract_lane(x, 3), quarter));
  return r;
}

/** sin x for quarter 0, cos x for quarter 1. */
// @ts-ignore: decorator
@inline
export function sinCos4(x: v128, quarter: i32): v128 {
  const low = f64x2.promote_low_f32x4(x);
  const high = f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
  const scale = f64x2.splat(TWO_OVER_PI);
  const magic = f64x2.splat(MAGIC);
  const kLow = f64x2.add(f64x2.mul(low, scale), magic);
  const kHigh = f64x2.add(f64x2.mul(high, scale), magic);
  const rLow = f32x4.demote_f64x2_zero(reduce(low, f64x2.sub(kLow, magic)));
  const rHigh = f32x4.demote_f64x2_zero(reduce(high, f64x2.sub(kHigh, magic)));
  const r = i8x16.shuffle(rLow, rHigh, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
  const q = i8x16.shuffle(kLow, kHigh, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
  const result = rotate(r, quarter == 0 ? q : i32x4.add(q, i32x4.splat(quarter)));
  if (i32x4.all_true(f32x4.lt(f32x4.abs(x), f32x4.splat(LARGE)))) return result;
  return patchAll(result, x, quarter);
}
