// Rounding f32 lanes to the values of a smaller float format, ties to even, and between codes and values.
//
//   format  1 bf16   2 f16   3 e4m3   4 e5m2   (0: f32, unchanged)

export const BF16: i32 = 1;
export const F16: i32 = 2;
export const E4M3: i32 = 3;
export const E5M2: i32 = 4;

// @ts-ignore: decorator
@inline
function mantissaBits(format: i32): i32 {
  return format == BF16 ? 7 : format == F16 ? 10 : format == E4M3 ? 3 : 2;
}

/** Biased f32 exponent of the smallest normal value. */
// @ts-ignore: decorator
@inline
function smallestExponent(format: i32): i32 {
  return format == BF16 ? 1 : format == E4M3 ? 121 : 113;
}

/** f32 pattern of the largest finite value. */
// @ts-ignore: decorator
@inline
function largest(format: i32): i32 {
  return format == BF16 ? 0x7f7f0000 : format == F16 ? 0x477fe000 : format == E4M3 ? 0x43e00000 : 0x47600000;
}

/** The nearest value of the format. Overflow and infinity: the largest value, or else infinity (E4M3: NaN). */
export function roundTo4(x: v128, format: i32, saturates: bool): v128 {
  if (format == 0) return x;
  const bits = mantissaBits(format), dropped = 23 - bits;
  const abs = i32x4.splat(0x7fffffff), infinite = i32x4.splat(0x7f800000);
  const magnitude = v128.and(x, abs), sign = v128.andnot(x, abs);
  const odd = v128.and(i32x4.shr_u(magnitude, dropped), i32x4.splat(1));
  const rounded = i32x4.add(i32x4.add(magnitude, i32x4.splat((1 << (dropped - 1)) - 1)), odd);
  let result = v128.and(rounded, i32x4.splat(-1 << dropped));
  // Below the normal range the step is constant: adding a number whose last place is that step rounds to it. bf16 has
  // the exponents of f32, so there the subnormals of f32 lose the same bits as its normal numbers.
  if (format != BF16) {
    const smallest = smallestExponent(format);
    const step = i32x4.splat((smallest + dropped) << 23);
    const small = f32x4.sub(f32x4.add(magnitude, step), step);
    result = v128.bitselect(small, result, i32x4.lt_s(magnitude, i32x4.splat(smallest << 23)));
  }
  const top = i32x4.splat(largest(format));
  const nan = i32x4.splat(0x7fc00000);
  const overflow = saturates ? top : format == E4M3 ? nan : infinite;
  result = v128.bitselect(overflow, result, i32x4.gt_s(result, top));
  result = v128.bitselect(nan, result, i32x4.gt_s(magnitude, infinite));
  return v128.or(result, sign);
}

/** Values of codes, one per 32-bit lane; a NaN keeps its sign only. */
export function decode4(code: v128, format: i32): v128 {
  const bits = mantissaBits(format), smallest = smallestExponent(format);
  const signBit = format == BF16 || format == F16 ? 15 : 7;
  const sign = i32x4.shl(i32x4.shr_u(code, signBit), 31);
  const magnitude = v128.and(code, i32x4.splat((1 << signBit) - 1));
  const placed = i32x4.shl(magnitude, 23 - bits);
  let result: v128;
  if (format == BF16) {
    result = placed;
  } else {
    // An exponent field of 0 means no hidden one: put the mantissa under the smallest exponent and subtract that one.
    const hidden = i32x4.splat(smallest << 23);
    const subnormal = f32x4.sub(i32x4.add(placed, hidden), hidden);
    const normal = i32x4.add(placed, i32x4.splat((smallest - 1) << 23));
    result = v128.bitselect(subnormal, normal, i32x4.lt_s(magnitude, i32x4.splat(1 << bits)));
  }
  if (format == E4M3) return v128.or(v128.bitselect(i32x4.splat(0x7fc00000), result, i32x4.eq(magnitude, i32x4.splat(0x7f))), sign);
  const infinity = i32x4.splat(((1 << (signBit - bits)) - 1) << bits);
  result = v128.bitselect(i32x4.splat(0x7f800000), result, i32x4.eq(magnitude, infinity));
  return v128.or(v128.bitselect(i32x4.splat(0x7fc00000), result, i32x4.gt_s(magnitude, infinity)), sign);
}

/** Codes of values that an 8-bit format holds exactly (roundTo4's results), one per 32-bit lane. NaN -> 0x7f or 0x7e, unsigned. */
export function encode4(x: v128, format: i32): v128 {
  const bits = mantissaBits(format), smallest = smallestExponent(format);
  const abs = i32x4.splat(0x7fffffff);
  const magnitude = v128.and(x, abs);
  const sign = v128.and(i32x4.shr_u(x, 24), i32x4.splat(0x80));
  const normal = i32x4.shr_s(i32x4.sub(magnitude, i32x4.splat((smallest - 1) << 23)), 23 - bits);
  const hidden = i32x4.splat(smallest << 23);
  const subnormal = i32x4.shr_u(i32x4.sub(f32x4.add(magnitude, hidden), hidden), 23 - bits);
  let result = v128.bitselect(subnormal, normal, i32x4.lt_s(magnitude, hidden));
  const infinity = i32x4.splat(0x7f800000);
  if (format == E5M2) result = v128.bitselect(i32x4.splat(0x7c), result, i32x4.eq(magnitude, infinity));
  const nan = i32x4.splat(format == E4M3 ? 0x7f : 0x7e);
  return v128.bitselect(nan, v128.or(result, sign), i32x4.gt_s(magnitude, infinity));
}
