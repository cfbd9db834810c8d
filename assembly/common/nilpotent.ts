// Steps of polynomial continued fractions modulo a prime below 32, eight fractions to a vector.
//
// The row (x, y) times M(n) = [[0, b(n)], [1, a(n)]] is (y, b(n) x + a(n) y). Residues are kept symmetric, |r| <= (p - 1) / 2 <= 14, so
// that a sum of two products is below 2 * 14 * 14 in size and its quotient by p comes from one rounding multiplication by 2^15 / p: off by
// less than 392 / 2^16 < 1 / (2p) in the quotient, which is therefore the nearest whole number (p is odd, there are no ties).

// @ts-ignore: decorator
@inline
export function prime(index: i32): i32 {
  // 5, 7, 11, 13, 17, 19, 23, 29, a byte each.
  return <i32>((0x1d171311_0d0b0705 as u64) >> (index << 3)) & 31;
}

// @ts-ignore: decorator
@inline
export function reciprocal(p: i32): v128 {
  return i16x8.splat(<i16>((32768 + (p >> 1)) / p));
}

// @ts-ignore: decorator
@inline
export function symmetric(x: v128, p: v128, inverse: v128): v128 {
  return i16x8.sub(x, i16x8.mul(i16x8.q15mulr_sat_s(x, inverse), p));
}

/** The residue of one word in [0, p). */
// @ts-ignore: decorator
@inline
export function residue(x: i32, p: i32): i32 {
  const r = x % p;
  return r < 0 ? r + p : r;
}

/** The value modulo p at n of the polynomial of `terms` words, constant term first. */
export function valueModulo(coefficients: usize, terms: i32, n: i32, p: i32): i32 {
  let value = 0;
  for (let i = terms - 1; i >= 0; i--) value = (value * n + residue(load<i32>(coefficients + (i << 2)), p)) % p;
  return value;
}

/** The coefficients of fraction `index` of a box: digits in mixed radix, the last coefficient fastest. ranges: (low, count) pairs. */
export function decode(ranges: usize, terms: i32, index: u32, dst: usize): void {
  for (let i = terms - 1; i >= 0; i--) {
    const count = load<u32>(ranges + (i << 3), 4);
    store<i32>(dst + (i << 2), load<i32>(ranges + (i << 3)) + <i32>(index % count));
    index /= count;
  }
}

/** Entries of a tile per block of eight: one vector per prime p and n = 1..p, 5 + 7 + ... + 29 = 124 in all. */
export const STEPS: i32 = 124;

/** Lanes of ones where M(1) ... M(p) modulo p is nilpotent. a: vectors of a(1), ..., a(p); b: words of b(1), ..., b(p), symmetric. */
// @ts-ignore: decorator
@inline
export function nilpotent(a: usize, b: usize, p: i32): v128 {
  const modulus = i16x8.splat(<i16>p);
  const inverse = reciprocal(p);
  let x0 = i16x8.splat(1);
  let y0 = i16x8.splat(0);
  let x1 = y0;
  let y1 = x0;
  for (let n = 0; n < p; n++) {
    const an = v128.load(a + (n << 4));
    const bn = v128.load16_splat(b + (n << 1));
    const z0 = symmetric(i16x8.add(i16x8.mul(bn, x0), i16x8.mul(an, y0)), modulus, inverse);
    const z1 = symmetric(i16x8.add(i16x8.mul(bn, x1), i16x8.mul(an, y1)), modulus, inverse);
    x0 = y0;
    y0 = z0;
    x1 = y1;
    y1 = z1;
  }
  const trace = symmetric(i16x8.add(x0, y1), modulus, inverse);
  const det = symmetric(i16x8.sub(i16x8.mul(x0, y1), i16x8.mul(y0, x1)), modulus, inverse);
  return i16x8.eq(v128.or(trace, det), i16x8.splat(0));
}
