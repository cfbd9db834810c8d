// Residues modulo an odd p < 2^31, stored in [0, p), multiplied by Montgomery's method with R = 2^32.

/** 1/p modulo 2^32: p is its own inverse modulo 8, and every step doubles the bits that hold. */
// @ts-ignore: decorator
@inline
export function inverseOf(p: u32): u32 {
  let x = p;
  x *= 2 - p * x;
  x *= 2 - p * x;
  x *= 2 - p * x;
  x *= 2 - p * x;
  return x;
}

/** R times a: what a becomes as the second factor of times4. */
// @ts-ignore: decorator
@inline
export function lifted(a: u32, p: u32): u32 {
  return <u32>(((<u64>a) << 32) % <u64>p);
}

/** R^2 modulo p. */
// @ts-ignore: decorator
@inline
export function squareOfR(p: u32): u32 {
  return lifted(lifted(1, p), p);
}

// @ts-ignore: decorator
@inline
export function times(a: u32, b: u32, p: u32): u32 {
  return <u32>((<u64>a * <u64>b) % <u64>p);
}

/** a b / R in [0, p), for any a and b with a b < 2^32 p. pp: p in every lane, inverse: 1/p modulo 2^32 in every lane. */
// @ts-ignore: decorator
@inline
export function times4(a: v128, b: v128, pp: v128, inverse: v128): v128 {
  const low = i64x2.extmul_low_i32x4_u(a, b);
  const high = i64x2.extmul_high_i32x4_u(a, b);
  const q = i32x4.mul(v128.shuffle<i32>(low, high, 0, 2, 4, 6), inverse);
  const qLow = i64x2.extmul_low_i32x4_u(q, pp);
  const qHigh = i64x2.extmul_high_i32x4_u(q, pp);
  // The lower halves of a b and q p are equal: the upper ones differ by a b / R.
  const d = i32x4.sub(v128.shuffle<i32>(low, high, 1, 3, 5, 7), v128.shuffle<i32>(qLow, qHigh, 1, 3, 5, 7));
  return i32x4.min_u(d, i32x4.add(d, pp));
}

/** (a + b) mod p: an unsigned minimum, since a sum that needs no subtraction wraps upwards with it. */
// @ts-ignore: decorator
@inline
export function plus4(a: v128, b: v128, pp: v128): v128 {
  const s = i32x4.add(a, b);
  return i32x4.min_u(s, i32x4.sub(s, pp));
}

// @ts-ignore: decorator
@inline
export function minus4(a: v128, b: v128, pp: v128): v128 {
  const d = i32x4.sub(a, b);
  return i32x4.min_u(d, i32x4.add(d, pp));
}

// @ts-ignore: decorator
@inline
export function plus(a: u32, b: u32, p: u32): u32 {
  const s = a + b;
  return s >= p ? s - p : s;
}

// @ts-ignore: decorator
@inline
export function minus(a: u32, b: u32, p: u32): u32 {
  return a >= b ? a - b : a + p - b;
}

/** dst[i] = dst[i] + c src[i]; the caller negates c to subtract. */
// @ts-ignore: decorator
@inline
export function addMultiple(dst: usize, src: usize, c: u32, n: i32, p: u32): void {
  const pp = i32x4.splat(p);
  const inverse = i32x4.splat(inverseOf(p));
  const factor = i32x4.splat(lifted(c, p));
  const end = src + (<usize>n << 2);
  for (; src + 16 <= end; src += 16, dst += 16) {
    v128.store(dst, plus4(v128.load(dst), times4(v128.load(src), factor, pp, inverse), pp));
  }
  for (; src < end; src += 4, dst += 4) store<u32>(dst, plus(load<u32>(dst), times(load<u32>(src), c, p), p));
}

/** sum of a[i] b[i]. */
// @ts-ignore: decorator
@inline
export function sumOfProducts(a: usize, b: usize, n: i32, p: u32): u32 {
  const mask = i64x2.splat(0xffffffff);
  let lows = i64x2.splat(0);
  let highs = i64x2.splat(0);
  const end = a + (<usize>n << 2);
  // Four products below 2^62 fit 64 bits; their halves are then summed apart.
  for (; a + 32 <= end; a += 32, b += 32) {
    const x = v128.load(a);
    const y = v128.load(b);
    const z = v128.load(a, 16);
    const w = v128.load(b, 16);
    const s = i64x2.add(
      i64x2.add(i64x2.extmul_low_i32x4_u(x, y), i64x2.extmul_high_i32x4_u(x, y)),
      i64x2.add(i64x2.extmul_low_i32x4_u(z, w), i64x2.extmul_high_i32x4_u(z, w)),
    );
    lows = i64x2.add(lows, v128.and(s, mask));
    highs = i64x2.add(highs, i64x2.shr_u(s, 32));
  }
  let low: u64 = <u64>i64x2.extract_lane(lows, 0) + <u64>i64x2.extract_lane(lows, 1);
  let high: u64 = <u64>i64x2.extract_lane(highs, 0) + <u64>i64x2.extract_lane(highs, 1);
  for (; a < end; a += 4, b += 4) {
    const s = <u64>load<u32>(a) * <u64>load<u32>(b);
    low += s & 0xffffffff;
    high += s >> 32;
  }
  return <u32>((low % <u64>p + <u64>lifted(<u32>(high % <u64>p), p)) % <u64>p);
}
