// f16, bf16, e4m3 and e5m2 codes in four lanes, by integer and float bit work. The parameters of a format are constants
// wherever these are inlined. Encoding rounds to nearest, ties to even, and overflows to infinity (e4m3: NaN).

/** Codes (zero-extended) to f32, exactly. `infinity` is the magnitude code of infinity, or of the only NaN. */
// @ts-ignore: decorator
@inline
function decode(codes: v128, bits: i32, mantissa: i32, bias: i32, infinity: i32): v128 {
  const magnitude = v128.and(codes, i32x4.splat((1 << (bits - 1)) - 1));
  const sign = v128.and(i32x4.shl(codes, 32 - bits), i32x4.splat(0x80000000));
  // The code's bits, shifted into the place of an f32's, are the value times 2^(bias - 127), subnormals included.
  const scale = f32x4.splat(reinterpret<f32>((254 - bias) << 23));
  let value = f32x4.mul(i32x4.shl(magnitude, 23 - mantissa), scale);
  value = v128.or(value, v128.and(i32x4.ge_s(magnitude, i32x4.splat(infinity)), i32x4.splat(0x7f800000)));
  return v128.or(value, sign);
}

/** f32 to codes. `overflow` is what lies above `maxFinite`, `nan` what a NaN becomes (its sign stays). */
// @ts-ignore: decorator
@inline
function encode(x: v128, bits: i32, mantissa: i32, bias: i32, maxFinite: i32, overflow: i32, nan: i32): v128 {
  const shift = 23 - mantissa;
  const magnitude = v128.and(x, i32x4.splat(0x7fffffff));
  const lowest = v128.and(i32x4.shr_u(magnitude, shift), i32x4.splat(1));
  const rounded = i32x4.add(i32x4.add(magnitude, i32x4.splat((1 << (shift - 1)) - 1)), lowest);
  let code = i32x4.sub(i32x4.shr_u(rounded, shift), i32x4.splat((127 - bias) << mantissa));
  if (bias != 127) {
    // Adding a power of two whose last place is the smallest subnormal makes the hardware round there.
    const anchor = ((127 - bias) + shift + 1) << 23;
    const sum = f32x4.add(magnitude, f32x4.splat(reinterpret<f32>(anchor)));
    const small = i32x4.lt_s(magnitude, i32x4.splat((128 - bias) << 23));
    code = v128.bitselect(i32x4.sub(sum, i32x4.splat(anchor)), code, small);
  }
  code = v128.bitselect(i32x4.splat(overflow), code, i32x4.gt_s(code, i32x4.splat(maxFinite)));
  code = v128.bitselect(i32x4.splat(nan), code, i32x4.gt_s(magnitude, i32x4.splat(0x7f800000)));
  return v128.or(code, i32x4.shl(i32x4.shr_u(x, 31), bits - 1));
}

// @ts-ignore: decorator
@inline
export function decodeF16(codes: v128): v128 {
  return decode(codes, 16, 10, 15, 0x7c00);
}

// @ts-ignore: decorator
@inline
export function decodeE4M3(codes: v128): v128 {
  return decode(codes, 8, 3, 7, 0x7f);
}

// @ts-ignore: decorator
@inline
export function decodeE5M2(codes: v128): v128 {
  return decode(codes, 8, 2, 15, 0x7c);
}

// @ts-ignore: decorator
@inline
export function encodeF16(x: v128): v128 {
  return encode(x, 16, 10, 15, 0x7bff, 0x7c00, 0x7e00);
}

// @ts-ignore: decorator
@inline
export function encodeBF16(x: v128): v128 {
  return encode(x, 16, 7, 127, 0x7f7f, 0x7f80, 0x7fc0);
}

// @ts-ignore: decorator
@inline
export function encodeE4M3(x: v128): v128 {
  return encode(x, 8, 3, 7, 0x7e, 0x7f, 0x7f);
}

// @ts-ignore: decorator
@inline
export function encodeE5M2(x: v128): v128 {
  return encode(x, 8, 2, 15, 0x7b, 0x7c, 0x7e);
}
