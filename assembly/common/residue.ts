// Residues modulo a prime below 2^31, in 32-bit lanes.

// @ts-ignore: decorator
@inline
export function multiplyModulo(a: u32, b: u32, p: u32): u32 {
  return <u32>((<u64>a * <u64>b) % <u64>p);
}

/** 1 / a modulo p, for a not divisible by the prime p: Euclid's algorithm with one cofactor. */
export function invertResidue(a: u32, p: u32): u32 {
  let r0: i64 = p;
  let r1: i64 = a;
  let t0: i64 = 0;
  let t1: i64 = 1;
  while (r1 != 0) {
    const q = r0 / r1;
    const r2 = r0 - q * r1;
    const t2 = t0 - q * t1;
    r0 = r1;
    r1 = r2;
    t0 = t1;
    t1 = t2;
  }
  return <u32>(t0 < 0 ? t0 + <i64>p : t0);
}

/** -1 / p modulo 2^32, for odd p: Newton's iteration doubles the right bits, from 3. */
export function negatedInverse(p: u32): u32 {
  let x = p;
  for (let i = 0; i < 4; i++) x *= 2 - p * x;
  return 0 - x;
}

/** Each of the four 64-bit values t, below p 2^32, becomes t / 2^32 modulo p, below p (Montgomery). */
// @ts-ignore: decorator
@inline
export function reduceLanes(low: v128, high: v128, p: v128, negated: v128): v128 {
  const m = i32x4.mul(v128.shuffle<i32>(low, high, 0, 2, 4, 6), negated);
  const sumLow = i64x2.add(low, i64x2.extmul_low_i32x4_u(m, p));
  const sumHigh = i64x2.add(high, i64x2.extmul_high_i32x4_u(m, p));
  const r = v128.shuffle<i32>(sumLow, sumHigh, 1, 3, 5, 7);
  return i32x4.min_u(r, i32x4.sub(r, p));
}
