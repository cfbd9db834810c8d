// Elementwise L-Mul, and the conversions around it. A step of 0 bytes repeats one operand for the whole run.

import { container4, native4, operand4 } from "../common/l-mul-product";
import { DROPPED, FLAGS, LINEAR, OFFSET, REDUCE, ROUND_OPERANDS, SAFE, TABLE_BITS } from "../common/l-mul-rule";
import { BF16, decode4, E4M3, encode4, F16, roundTo4 } from "../common/round-to";

/** Any product of any operands. */
function product4(a: v128, b: v128, rule: usize): v128 {
  return container4(operand4(a, rule), operand4(b, rule), rule);
}

/**
 * Whole groups of eight products of the default rule, on operands that keep the magnitude bits of `kept`. Where operands and
 * products are normal numbers, as they mostly are, a product is a sum: one comparison of the group's extremes tells. Groups
 * with anything else are worked out the long way. @returns elements done
 */
// @ts-ignore: decorator
@inline
function groupsOf8(a: usize, b: usize, bRepeats: bool, dst: usize, n: i32, kept: i32, rule: usize): i32 {
  const keep = i32x4.splat(kept), offset = i32x4.splat(load<i32>(rule, OFFSET)), magnitude = i32x4.splat(0x7fffffff);
  const normal = i32x4.splat(0x00800000), infinite = i32x4.splat(0x7f800000);
  let b0 = v128.load32_splat(b), b1 = b0, i = 0;
  for (; i <= n - 8; i += 8, a += 32, b += 32, dst += 32) {
    const a0 = v128.load(a), a1 = v128.load(a, 16);
    if (!bRepeats) b0 = v128.load(b), b1 = v128.load(b, 16);
    const x0 = v128.and(a0, keep), y0 = v128.and(b0, keep), x1 = v128.and(a1, keep), y1 = v128.and(b1, keep);
    // Below the range a sum is negative or less than a normal number; above it at least infinity, or negative again.
    const r0 = i32x4.sub(i32x4.add(x0, y0), offset), r1 = i32x4.sub(i32x4.add(x1, y1), offset);
    const most = i32x4.max_s(i32x4.max_s(i32x4.max_s(x0, y0), i32x4.max_s(x1, y1)), i32x4.max_s(r0, r1));
    const least = i32x4.min_s(i32x4.min_s(i32x4.min_s(x0, y0), i32x4.min_s(x1, y1)), i32x4.min_s(r0, r1));
    if (v128.any_true(v128.or(i32x4.ge_s(most, infinite), i32x4.lt_s(least, normal)))) {
      v128.store(dst, product4(a0, b0, rule));
      v128.store(dst, product4(a1, b1, rule), 16);
    } else {
      v128.store(dst, v128.or(r0, v128.andnot(v128.xor(a0, b0), magnitude)));
      v128.store(dst, v128.or(r1, v128.andnot(v128.xor(a1, b1), magnitude)), 16);
    }
  }
  return i;
}

// @ts-ignore: decorator
@inline
function quad(p: usize, step: usize): v128 {
  return step ? v128.load(p) : v128.load32_splat(p);
}

/** dst[i] = L-Mul(a[i], b[i]) on f32; aStep and bStep are 4 or 0 bytes. dst may be a or b. */
export function lmul_elementwise(a: usize, aStep: usize, b: usize, bStep: usize, dst: usize, n: i32, rule: usize): void {
  // Operands commute, bit for bit, so that only b need repeat.
  if (aStep == 0) {
    const first = a;
    a = b, aStep = bStep;
    b = first, bStep = 0;
  }
  const flags = load<i32>(rule, FLAGS), reduces = (flags & REDUCE) != 0;
  let i = 0;
  if (aStep && (flags & (SAFE | LINEAR)) == SAFE && !load<i32>(rule, TABLE_BITS) && !(reduces && flags & ROUND_OPERANDS)) {
    const kept = 0x7fffffff & (reduces ? -1 << load<i32>(rule, DROPPED) : -1);
    i = bStep ? groupsOf8(a, b, false, dst, n, kept, rule) : groupsOf8(a, b, true, dst, n, kept, rule);
  }
  a += <usize>i * aStep, b += <usize>i * bStep, dst += <usize>i << 2;
  for (; i <= n - 4; i += 4, a += aStep << 2, b += bStep << 2, dst += 16) {
    v128.store(dst, product4(quad(a, aStep), quad(b, bStep), rule));
  }
  for (; i < n; i++, a += aStep, b += bStep, dst += 4) {
    store<i32>(dst, i32x4.extract_lane(product4(v128.load32_splat(a), v128.load32_splat(b), rule), 0));
  }
}

/** Four bytes as 32-bit lanes; a step of 0 repeats the first. */
// @ts-ignore: decorator
@inline
function bytes4(p: usize, step: usize): v128 {
  if (step == 0) return i32x4.splat(load<u8>(p));
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(p)));
}

// @ts-ignore: decorator
@inline
function pack4(x: v128): u32 {
  return i32x4.extract_lane(i8x16.shuffle(x, x, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12), 0);
}

/** dst[i] = L-Mul of 8-bit codes by their own format; steps are 1 or 0 bytes. dst may be a or b. */
export function lmul_native_bytes(a: usize, aStep: usize, b: usize, bStep: usize, dst: usize, n: i32, rule: usize): void {
  let i = 0;
  for (; i <= n - 4; i += 4, a += aStep << 2, b += bStep << 2) {
    store<u32>(dst + i, pack4(native4(operand4(bytes4(a, aStep), rule), operand4(bytes4(b, bStep), rule), rule)));
  }
  for (; i < n; i++, a += aStep, b += bStep) {
    const r = native4(operand4(i32x4.splat(load<u8>(a)), rule), operand4(i32x4.splat(load<u8>(b)), rule), rule);
    store<u8>(dst + i, <u8>i32x4.extract_lane(r, 0));
  }
}

// @ts-ignore: decorator
@inline
function timesCodes4(a: v128, b: v128, format: i32, saturates: bool): v128 {
  return encode4(roundTo4(f32x4.mul(decode4(a, format), decode4(b, format)), format, saturates), format);
}

/** dst[i] = a[i] * b[i] for 8-bit floats: exact product, rounded once. A NaN loses its sign. */
export function fp8_multiply(
  a: usize, aStep: usize, b: usize, bStep: usize, dst: usize, n: i32, format: i32, saturates: i32,
): void {
  let i = 0;
  for (; i <= n - 4; i += 4, a += aStep << 2, b += bStep << 2) {
    store<u32>(dst + i, pack4(timesCodes4(bytes4(a, aStep), bytes4(b, bStep), format, saturates != 0)));
  }
  for (; i < n; i++, a += aStep, b += bStep) {
    const r = timesCodes4(i32x4.splat(load<u8>(a)), i32x4.splat(load<u8>(b)), format, saturates != 0);
    store<u8>(dst + i, <u8>i32x4.extract_lane(r, 0));
  }
}

/** Widens n stored floats (format as in round-to.ts) to f32, or with `keepsCodes` 8-bit codes to 32-bit words. */
export function lmul_widen(src: usize, dst: usize, n: i32, format: i32, keepsCodes: i32): void {
  const isHalf = format == BF16 || format == F16;
  let i = 0;
  for (; i <= n - 4; i += 4, dst += 16) {
    const codes = isHalf ? i32x4.extend_low_i16x8_u(v128.load64_zero(src + (<usize>i << 1))) : bytes4(src + i, 1);
    v128.store(dst, keepsCodes ? codes : decode4(codes, format));
  }
  for (; i < n; i++, dst += 4) {
    const code = isHalf ? <i32>load<u16>(src + (<usize>i << 1)) : <i32>load<u8>(src + i);
    store<i32>(dst, keepsCodes ? code : i32x4.extract_lane(decode4(i32x4.splat(code), format), 0));
  }
}
