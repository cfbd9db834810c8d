// Four L-Mul products at a time, on f32 patterns or on 8-bit codes in 32-bit lanes.

import {
  CORRECTIONS, DROPPED, FLAGS, LINEAR, NATIVE, NATIVE_INFINITY, NATIVE_MANTISSA, NATIVE_MAX, NATIVE_NAN, OFFSET, OVERFLOW,
  REDUCE, ROUND_OPERANDS, SAFE, TABLE_BITS,
} from "./l-mul-rule";

const ABS: i32 = 0x7fffffff;
const SIGN: i32 = 0x80000000;
const INFINITE: i32 = 0x7f800000;
const NORMAL: i32 = 0x00800000;
const CANONICAL_NAN: i32 = 0x7fc00000;

/** Keeps the high mantissa bits of f32 patterns, truncated or rounded to nearest even; infinities and NaN pass. */
// @ts-ignore: decorator
@inline
export function reduce4(x: v128, dropped: i32, rounds: bool): v128 {
  const keep = i32x4.splat(-1 << dropped);
  let kept = x;
  if (rounds && dropped > 0) {
    const odd = v128.and(i32x4.shr_u(x, dropped), i32x4.splat(1));
    kept = i32x4.add(i32x4.add(x, i32x4.splat((1 << (dropped - 1)) - 1)), odd);
  }
  const exponent = i32x4.splat(INFINITE);
  return v128.bitselect(x, v128.and(kept, keep), i32x4.eq(v128.and(x, exponent), exponent));
}

/** Rules 1 and 2: what an infinite or NaN operand makes of the product. */
function special4(x: v128, y: v128, sign: v128, result: v128): v128 {
  const infinite = i32x4.splat(INFINITE), normal = i32x4.splat(NORMAL);
  const isSpecial = v128.or(i32x4.ge_s(x, infinite), i32x4.ge_s(y, infinite));
  const isNaN = v128.or(
    v128.or(i32x4.gt_s(x, infinite), i32x4.gt_s(y, infinite)),
    v128.or(i32x4.lt_s(x, normal), i32x4.lt_s(y, normal)),
  );
  const value = v128.bitselect(i32x4.splat(CANONICAL_NAN), v128.or(infinite, sign), isNaN);
  return v128.bitselect(value, result, isSpecial);
}

/** Rules 3 to 6 on r = |a| + |b| - offset (mod 2^32), then 1 and 2 where an operand asks for them. */
// @ts-ignore: decorator
@inline
function finish4(x: v128, y: v128, sign: v128, r: v128, overflow: v128): v128 {
  const normal = i32x4.splat(NORMAL), infinite = i32x4.splat(INFINITE);
  // With normal operands r - 2^23 wraps into three ranges: [0, 7F000000) a normal number, [7F000000, BF800000) overflow,
  // above it a negative r, which is underflow.
  const above = i32x4.sub(r, normal);
  const fits = i32x4.lt_u(above, i32x4.splat(0x7f000000));
  const overflows = i32x4.lt_u(i32x4.sub(above, i32x4.splat(0x7f000000)), i32x4.splat(0x40800000));
  const magnitude = v128.or(v128.and(r, fits), v128.and(overflow, overflows));
  const nonzero = v128.and(i32x4.ge_s(x, normal), i32x4.ge_s(y, normal));
  const result = v128.or(v128.and(magnitude, nonzero), sign);
  if (v128.any_true(v128.or(i32x4.ge_s(x, infinite), i32x4.ge_s(y, infinite)))) return special4(x, y, sign, result);
  return result;
}

// @ts-ignore: decorator
@inline
function correction(x: u32, y: u32, shift: i32, bits: i32, rule: usize): i32 {
  const mask = (1 << bits) - 1;
  const index = (((x >> shift) & mask) << bits) | ((y >> shift) & mask);
  return load<i32>(rule + (<usize>index << 2), CORRECTIONS);
}

/** What is subtracted from each lane's sum: the constant, or base minus the looked-up correction. */
export function offsets4(x: v128, y: v128, mantissaBits: i32, rule: usize): v128 {
  const offset = i32x4.splat(load<i32>(rule, OFFSET));
  const bits = load<i32>(rule, TABLE_BITS);
  if (bits == 0) return offset;
  const shift = mantissaBits - bits;
  let c = i32x4.splat(correction(i32x4.extract_lane(x, 0), i32x4.extract_lane(y, 0), shift, bits, rule));
  c = i32x4.replace_lane(c, 1, correction(i32x4.extract_lane(x, 1), i32x4.extract_lane(y, 1), shift, bits, rule));
  c = i32x4.replace_lane(c, 2, correction(i32x4.extract_lane(x, 2), i32x4.extract_lane(y, 2), shift, bits, rule));
  c = i32x4.replace_lane(c, 3, correction(i32x4.extract_lane(x, 3), i32x4.extract_lane(y, 3), shift, bits, rule));
  return i32x4.sub(offset, c);
}

/** From the carry form to Eq. 1: where s >= 1 the exponent goes up by one and 1 + s is halved, a tie going to even. */
function linear4(x: v128, y: v128, r: v128, offset: v128, mantissaBits: i32, bias: i32): v128 {
  const one = i32x4.splat(1 << mantissaBits), mask = i32x4.splat((1 << mantissaBits) - 1), lowest = i32x4.splat(1);
  const constant = i32x4.sub(i32x4.splat(bias << mantissaBits), offset);
  const s = i32x4.add(i32x4.add(v128.and(x, mask), v128.and(y, mask)), constant);
  const u = i32x4.add(s, one);
  const half = i32x4.shr_u(u, 1);
  const rounded = i32x4.add(half, v128.and(v128.and(u, half), lowest));
  return v128.bitselect(i32x4.add(i32x4.sub(r, s), rounded), r, i32x4.ge_s(s, one));
}

/** Operands as the rule wants them: f32 patterns or codes with the low mantissa bits dropped. */
export function operand4(x: v128, rule: usize): v128 {
  const flags = load<i32>(rule, FLAGS);
  if (!(flags & REDUCE)) return x;
  const dropped = load<i32>(rule, DROPPED), rounds = (flags & ROUND_OPERANDS) != 0;
  if (!(flags & NATIVE)) return reduce4(x, dropped, rounds);
  const magnitude = v128.and(x, i32x4.splat(0x7f)), sign = v128.and(x, i32x4.splat(0x80));
  let kept = magnitude;
  if (rounds) {
    const odd = v128.and(i32x4.shr_u(magnitude, dropped), i32x4.splat(1));
    kept = i32x4.add(i32x4.add(magnitude, i32x4.splat((1 << (dropped - 1)) - 1)), odd);
  }
  kept = v128.and(kept, i32x4.splat(-1 << dropped));
  const overflows = i32x4.gt_s(kept, i32x4.splat(load<i32>(rule, NATIVE_INFINITY)));
  kept = v128.bitselect(i32x4.splat(load<i32>(rule, OVERFLOW)), kept, overflows);
  const passes = i32x4.gt_s(magnitude, i32x4.splat(load<i32>(rule, NATIVE_MAX)));
  return v128.or(v128.bitselect(magnitude, kept, passes), sign);
}

/** Any product on f32 patterns that operand4 has seen. */
export function container4(a: v128, b: v128, rule: usize): v128 {
  const abs = i32x4.splat(ABS), flags = load<i32>(rule, FLAGS);
  const x = v128.and(a, abs), y = v128.and(b, abs);
  const sign = v128.andnot(v128.xor(a, b), abs);
  const offset = offsets4(x, y, 23, rule);
  let r = i32x4.sub(i32x4.add(x, y), offset);
  if (flags & LINEAR) r = linear4(x, y, r, offset, 23, 127);
  if (flags & SAFE) return finish4(x, y, sign, r, i32x4.splat(load<i32>(rule, OVERFLOW)));
  return v128.or(v128.and(r, abs), sign);
}

/** The product of 8-bit codes that operand4 has seen, as codes: rules 1 to 6 on 7-bit magnitudes. */
export function native4(a: v128, b: v128, rule: usize): v128 {
  const abs = i32x4.splat(0x7f), flags = load<i32>(rule, FLAGS), mantissaBits = load<i32>(rule, NATIVE_MANTISSA);
  const x = v128.and(a, abs), y = v128.and(b, abs);
  const sign = v128.and(v128.xor(a, b), i32x4.splat(0x80));
  const offset = offsets4(x, y, mantissaBits, rule);
  let r = i32x4.sub(i32x4.add(x, y), offset);
  // Exponent and mantissa are seven bits together: e4m3 has bias 7, e5m2 bias 15.
  if (flags & LINEAR) r = linear4(x, y, r, offset, mantissaBits, (1 << (6 - mantissaBits)) - 1);
  if (!(flags & SAFE)) return v128.or(v128.and(r, abs), sign);
  const normal = i32x4.splat(1 << mantissaBits), top = i32x4.splat(load<i32>(rule, NATIVE_MAX));
  const infinity = i32x4.splat(load<i32>(rule, NATIVE_INFINITY)), nan = i32x4.splat(load<i32>(rule, NATIVE_NAN));
  const overflow = i32x4.splat(load<i32>(rule, OVERFLOW));
  const nonzero = v128.and(i32x4.ge_s(x, normal), i32x4.ge_s(y, normal));
  r = v128.bitselect(overflow, r, i32x4.gt_s(r, top));
  r = v128.and(r, v128.and(i32x4.ge_s(r, normal), nonzero));
  let result = v128.or(r, sign);
  // For e4m3 "infinity" is the largest finite value: nothing above it but NaN, and it takes part in products.
  const isInfinite = v128.and(v128.or(i32x4.eq(x, infinity), i32x4.eq(y, infinity)), i32x4.ne(infinity, top));
  result = v128.bitselect(v128.bitselect(v128.or(infinity, sign), nan, nonzero), result, isInfinite);
  const isNaN = v128.or(i32x4.gt_s(x, infinity), i32x4.gt_s(y, infinity));
  return v128.bitselect(nan, result, isNaN);
}
