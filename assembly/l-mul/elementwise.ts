// Elementwise L-Mul, and the conversions around it. A step of 0 bytes repeats one operand for the whole run.

import { container4, native4, operand4, safe4 } from "../common/l-mul-product";
import { FLAGS, LINEAR, OVERFLOW, OFFSET, SAFE, TABLE_BITS } from "../common/l-mul-rule";
import { BF16, decode4, E4M3, encode4, F16, roundTo4 } from "../common/round-to";

// @ts-ignore: decorator
@inline
function product4(a: v128, b: v128, isDefault: bool, offset: v128, overflow: v128, rule: usize): v128 {
  const x = operand4(a, rule), y = operand4(b, rule);
  return isDefault ? safe4(x, y, offset, overflow) : container4(x, y, rule);
}

/** dst[i] = L-Mul(a[i], b[i]) on f32; aStep and bStep are 4 or 0 bytes. dst may be a or b. */
export function lmul_elementwise(a: usize, aStep: usize, b: usize, bStep: usize, dst: usize, n: i32, rule: usize): void {
  const flags = load<i32>(rule, FLAGS);
  const isDefault = (flags & SAFE) != 0 && !(flags & LINEAR) && load<i32>(rule, TABLE_BITS) == 0;
  const offset = i32x4.splat(load<i32>(rule, OFFSET)), overflow = i32x4.splat(load<i32>(rule, OVERFLOW));
  const end = dst + (<usize>n << 2);
  if (n >= 4) {
    const last = end - 12;
    for (; dst < last; dst += 16, a += aStep << 2, b += bStep << 2) {
      const x = aStep ? v128.load(a) : v128.load32_splat(a), y = bStep ? v128.load(b) : v128.load32_splat(b);
      v128.store(dst, product4(x, y, isDefault, offset, overflow, rule));
    }
  }
  for (; dst < end; dst += 4, a += aStep, b += bStep) {
    const r = product4(v128.load32_splat(a), v128.load32_splat(b), isDefault, offset, overflow, rule);
    store<i32>(dst, i32x4.extract_lane(r, 0));
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
