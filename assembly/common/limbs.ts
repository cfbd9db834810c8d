// Long non-negative integers as little-endian limbs of 32 bits.

/** How many of the n limbs are in use. */
// @ts-ignore: decorator
@inline
export function lengthOf(a: usize, n: i32): i32 {
  while (n > 0 && load<u32>(a + ((n - 1) << 2)) == 0) n--;
  return n;
}

/** The 64 bits of n >= 3 limbs that begin `shift` < 32 bits below the top. */
// @ts-ignore: decorator
@inline
export function word64(a: usize, n: i32, shift: u32): u64 {
  const top = a + ((n - 3) << 2);
  const high = ((<u64>load<u32>(top, 8)) << 32) | <u64>load<u32>(top, 4);
  return shift == 0 ? high : (high << <u64>shift) | <u64>(load<u32>(top) >> (32 - shift));
}

/** (a, b) becomes (A a - B b, D b - C a), both negated after an odd number of steps; they are not negative. */
// @ts-ignore: decorator
@inline
export function pairTimes(a: usize, b: usize, n: i32, odd: i32, A: u64, B: u64, C: u64, D: u64): void {
  const sign: i64 = odd ? -1 : 1;
  const aa = sign * <i64>A;
  const ab = -sign * <i64>B;
  const ba = -sign * <i64>C;
  const bb = sign * <i64>D;
  // A limb times 31 bits is below 2^63, the two products of a sum have opposite signs, a carry is below 2^31 in magnitude.
  let carryA: i64 = 0;
  let carryB: i64 = 0;
  for (const end = a + (n << 2); a < end; a += 4, b += 4) {
    const x = <i64>load<u32>(a);
    const y = <i64>load<u32>(b);
    const u = aa * x + ab * y + carryA;
    const v = ba * x + bb * y + carryB;
    store<u32>(a, <u32>u);
    store<u32>(b, <u32>v);
    carryA = u >> 32;
    carryB = v >> 32;
  }
}

/** (s, t) becomes (A s + B t, C s + D t), of `used` limbs and one more where it carries. @returns limbs in use */
// @ts-ignore: decorator
@inline
export function cofactorsTimes(s: usize, t: usize, used: i32, A: u64, B: u64, C: u64, D: u64): i32 {
  let carryS: u64 = 0;
  let carryT: u64 = 0;
  for (let i: usize = 0, end = <usize>used << 2; i < end; i += 4) {
    const x = <u64>load<u32>(s + i);
    const y = <u64>load<u32>(t + i);
    // (2^32 - 1)(A + B) + carry stays below 2^64: A and B are below 2^31, the carry below 2^32.
    const u = A * x + B * y + carryS;
    const v = C * x + D * y + carryT;
    store<u32>(s + i, <u32>u);
    store<u32>(t + i, <u32>v);
    carryS = u >> 32;
    carryT = v >> 32;
  }
  if ((carryS | carryT) == 0) return used;
  store<u32>(s + (used << 2), <u32>carryS);
  store<u32>(t + (used << 2), <u32>carryT);
  return used + 1;
}
