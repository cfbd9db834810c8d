// Lehmer's steps of Euclid's algorithm on long integers: little-endian limbs of 32 bits.
import { word64, pairTimes, cofactorsTimes, lengthOf } from "../common/limbs";

/**
 * Many steps of Euclid's algorithm on a >= b >= 0, in place, until b has at most `stop` limbs or a quotient does not show
 * in the leading 64 bits (the caller then divides once and comes back).
 *
 * a, b: n limbs each. s, t: 0, or m limbs each (spare ones zero) of the cofactors' magnitudes: (a, b) and (s, t) undergo the
 * same steps, all signs of s and t being kept apart as the parity. m must hold the cofactors as they grow: n + 1 will do.
 * info: i32 n after, i32 m in use before and after, i32 parity (1 after an odd number of steps: the pair of signs has turned),
 * i32 steps of Lehmer taken.
 *
 * Between two divisions of long numbers stand about 18 quotients: taken from the leading bits while Jebelean's condition says
 * that they are those of the whole numbers, gathered in a matrix below 2^31, applied in one pass.
 */
export function limbs_lehmer(a: usize, b: usize, n: i32, s: usize, t: usize, stop: i32, info: usize): void {
  let used = load<i32>(info, 4);
  let parity = 0;
  let taken = 0;
  n = lengthOf(a, n);
  while (lengthOf(b, n) > stop && n > 2) {
    const shift = clz<u32>(load<u32>(a + ((n - 1) << 2)));
    let x = word64(a, n, shift);
    let y = word64(b, n, shift);
    let A: u64 = 1;
    let B: u64 = 0;
    let C: u64 = 0;
    let D: u64 = 1;
    let odd = 0;
    while (y != 0) {
      let q: u64 = 1;
      let r = x - y;
      if (r >= y) {
        q = x / y;
        r = x - q * y;
        // Cofactors stay below 2^31, and the product below must not wrap.
        if (q > 0x7fffffff) break;
      }
      const U = A + q * C;
      const V = B + q * D;
      const most = U > V ? U : V;
      if (most > 0x7fffffff || r < most || y - r < most + (C > D ? C : D)) break;
      x = y;
      y = r;
      A = C;
      B = D;
      C = U;
      D = V;
      odd ^= 1;
    }
    if (B == 0) break;
    pairTimes(a, b, n, odd, A, B, C, D);
    if (s) used = cofactorsTimes(s, t, used, A, B, C, D);
    parity ^= odd;
    taken++;
    n = lengthOf(a, n);
  }
  store<i32>(info, n);
  store<i32>(info, used, 4);
  store<i32>(info, parity, 8);
  store<i32>(info, taken, 12);
}
