// e^x in four f32 lanes: x = n ln2 + r with |r| <= ln2 / 2, e^x = 2^n p(r); the coefficients of p are those of Cephes expf
// (Moshier 1984).
// n comes from adding 1.5 * 2^23: the sum's low mantissa bits ARE n, so neither a rounding nor a conversion
// instruction (both slow on x64) is needed. ln2 is split in two (Cody and Waite 1980): n * LN2_HI is exact.

import { fma, fnma } from "./fma";

// Loading a constant is one instruction, materialising it four: a third of the time of an exponential.
// @ts-ignore: decorator
@lazy
const C: usize = memory.data<f32>([
  1.44269504, 12582912.0, 0.693359375, -2.12194440e-4,
  1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1,
  -104, 89, -88,
]);

/** log2 e */
// @ts-ignore: decorator
@inline
function log2e(): v128 {
  return v128.load32_splat(C);
}

/** 1.5 * 2^23 */
// @ts-ignore: decorator
@inline
function magic(): v128 {
  return v128.load32_splat(C, 4);
}

// @ts-ignore: decorator
@inline
function one(): v128 {
  return v128.load32_splat(C, 40);
}

/** e^r for |r| <= 0.35, relative error below 1 ulp. */
// @ts-ignore: decorator
@inline
function expReduced(r: v128): v128 {
  let p = fma(v128.load32_splat(C, 16), r, v128.load32_splat(C, 20));
  p = fma(p, r, v128.load32_splat(C, 24));
  p = fma(p, r, v128.load32_splat(C, 28));
  p = fma(p, r, v128.load32_splat(C, 32));
  p = fma(p, r, v128.load32_splat(C, 36));
  return f32x4.add(fma(p, f32x4.mul(r, r), r), one());
}

/** x - n ln2. */
// @ts-ignore: decorator
@inline
function reduce(x: v128, n: v128): v128 {
  return fnma(n, v128.load32_splat(C, 12), fnma(n, v128.load32_splat(C, 8), x));
}

/** e^x, at most 2 ulp for every x, subnormal results included; -inf -> 0, above 88.73 -> inf, NaN -> NaN. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // pmax(x, c) and pmin(x, c) keep a NaN x, and are one instruction each where min and max are several.
  const clamped = f32x4.pmin(f32x4.pmax(x, v128.load32_splat(C, 44)), v128.load32_splat(C, 48));
  const shifted = fma(clamped, log2e(), magic());
  const n = i32x4.sub(shifted, magic());
  const p = expReduced(reduce(clamped, f32x4.sub(shifted, magic())));
  // 2^n in two factors: n reaches -150 and 128, outside the exponent of one normal number. The bits of 1 are 127 << 23.
  const half = i32x4.shr_s(n, 1);
  const low = i32x4.add(i32x4.shl(half, 23), one());
  const high = i32x4.add(i32x4.shl(i32x4.sub(n, half), 23), one());
  return f32x4.mul(f32x4.mul(p, low), high);
}

/** e^x for x <= 0, as a softmax needs it: 2 ulp, and exactly 0 below about -87.7 (no subnormal results); NaN -> NaN. */
// @ts-ignore: decorator
@inline
export function expNonPositive4(x: v128): v128 {
  // At -88, n is -127 and the biased exponent 0: the scale is +0 and so is the result.
  const clamped = f32x4.pmax(x, v128.load32_splat(C, 52));
  const shifted = fma(clamped, log2e(), magic());
  const p = expReduced(reduce(clamped, f32x4.sub(shifted, magic())));
  return f32x4.mul(p, i32x4.add(i32x4.shl(shifted, 23), one()));
}
