// Between f32 and the other formats. Formats by number: 0 f16, 1 bf16, 2 e4m3, 3 e5m2, 4 i8, 5 u8, 6 i32, 7 u32, 8 f32.
// Integers become the nearest f32; f32 becomes an integer by truncation that saturates, NaN giving 0. Small floats round
// to nearest, ties to even.

import { decodeE4M3, decodeE5M2, decodeF16, encodeBF16, encodeE4M3, encodeE5M2, encodeF16 } from "../common/small-float";
import { loadTail, storeTail } from "../common/tail";

/** Bytes of a format's element. */
// @ts-ignore: decorator
@inline
function sizeOf(format: i32): i32 {
  return format < 2 ? 2 : format < 6 ? 1 : 4;
}

/** Four elements of `size` bytes, zero-extended to words. */
// @ts-ignore: decorator
@inline
function loadCodes(size: i32, src: usize): v128 {
  if (size == 4) return v128.load(src);
  if (size == 2) return v128.load16x4_u(src);
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(src)));
}

/** One to three of them; the other words are 0. */
// @ts-ignore: decorator
@inline
function loadFewCodes(size: i32, src: usize, n: i32): v128 {
  if (size == 4) return loadTail(src, n);
  let codes = i32x4.splat(0);
  codes = i32x4.replace_lane(codes, 0, size == 2 ? load<u16>(src) : load<u8>(src));
  if (n > 1) codes = i32x4.replace_lane(codes, 1, size == 2 ? load<u16>(src, 2) : load<u8>(src, 1));
  if (n > 2) codes = i32x4.replace_lane(codes, 2, size == 2 ? load<u16>(src, 4) : load<u8>(src, 2));
  return codes;
}

/** The low `size` (1 or 2) bytes of each word, next to each other. */
// @ts-ignore: decorator
@inline
function packed(size: i32, codes: v128): v128 {
  return size == 2
    ? i8x16.shuffle(codes, codes, 0, 1, 4, 5, 8, 9, 12, 13, 0, 1, 4, 5, 8, 9, 12, 13)
    : i8x16.shuffle(codes, codes, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12);
}

/** Stores the low `size` bytes of four words. */
// @ts-ignore: decorator
@inline
function storeCodes(size: i32, dst: usize, codes: v128): void {
  if (size == 4) v128.store(dst, codes);
  else if (size == 2) v128.store64_lane(dst, packed(size, codes), 0);
  else v128.store32_lane(dst, packed(size, codes), 0);
}

/** The same of the first one to three. */
// @ts-ignore: decorator
@inline
function storeFewCodes(size: i32, dst: usize, codes: v128, n: i32): void {
  if (size == 4) {
    storeTail(dst, codes, n);
    return;
  }
  let bits = i64x2.extract_lane(packed(size, codes), 0);
  for (n *= size; n > 0; n--) {
    store<u8>(dst++, bits);
    bits >>= 8;
  }
}

// @ts-ignore: decorator
@inline
function toFloat(format: i32, codes: v128): v128 {
  if (format == 0) return decodeF16(codes);
  if (format == 1) return i32x4.shl(codes, 16);
  if (format == 2) return decodeE4M3(codes);
  if (format == 3) return decodeE5M2(codes);
  if (format == 4) return f32x4.convert_i32x4_s(i32x4.shr_s(i32x4.shl(codes, 24), 24));
  if (format == 7) return f32x4.convert_i32x4_u(codes);
  return f32x4.convert_i32x4_s(codes);
}

// @ts-ignore: decorator
@inline
function fromFloat(format: i32, x: v128): v128 {
  if (format == 0) return encodeF16(x);
  if (format == 1) return encodeBF16(x);
  if (format == 2) return encodeE4M3(x);
  if (format == 3) return encodeE5M2(x);
  if (format == 7) return i32x4.trunc_sat_f32x4_u(x);
  const whole = i32x4.trunc_sat_f32x4_s(x);
  if (format == 4) return i32x4.min_s(i32x4.max_s(whole, i32x4.splat(-128)), i32x4.splat(127));
  if (format == 5) return i32x4.min_s(i32x4.max_s(whole, i32x4.splat(0)), i32x4.splat(255));
  return whole;
}

// @ts-ignore: decorator
@inline
function widenAs(format: i32, src: usize, dst: usize, n: i32): void {
  const size = sizeOf(format);
  for (; n >= 4; n -= 4) {
    v128.store(dst, toFloat(format, loadCodes(size, src)));
    src += size << 2;
    dst += 16;
  }
  if (n > 0) storeTail(dst, toFloat(format, loadFewCodes(size, src, n)), n);
}

// @ts-ignore: decorator
@inline
function narrowAs(format: i32, src: usize, dst: usize, n: i32): void {
  const size = sizeOf(format);
  for (; n >= 4; n -= 4) {
    storeCodes(size, dst, fromFloat(format, v128.load(src)));
    src += 16;
    dst += size << 2;
  }
  if (n > 0) storeFewCodes(size, dst, fromFloat(format, loadTail(src, n)), n);
}

/** f32 dst[i] = src[i] of the format. */
export function widen(format: i32, src: usize, dst: usize, n: i32): void {
  switch (format) {
    case 0: widenAs(0, src, dst, n); break;
    case 1: widenAs(1, src, dst, n); break;
    case 2: widenAs(2, src, dst, n); break;
    case 3: widenAs(3, src, dst, n); break;
    case 4: widenAs(4, src, dst, n); break;
    case 5: widenAs(5, src, dst, n); break;
    case 6: widenAs(6, src, dst, n); break;
    case 7: widenAs(7, src, dst, n); break;
    default: memory.copy(dst, src, n << 2);
  }
}

/** dst[i] of the format = f32 src[i]. */
export function narrow(format: i32, src: usize, dst: usize, n: i32): void {
  switch (format) {
    case 0: narrowAs(0, src, dst, n); break;
    case 1: narrowAs(1, src, dst, n); break;
    case 2: narrowAs(2, src, dst, n); break;
    case 3: narrowAs(3, src, dst, n); break;
    case 4: narrowAs(4, src, dst, n); break;
    case 5: narrowAs(5, src, dst, n); break;
    case 6: narrowAs(6, src, dst, n); break;
    case 7: narrowAs(7, src, dst, n); break;
    default: memory.copy(dst, src, n << 2);
  }
}
