/**
 * Alternating sums  sum (-1)^k a_k  whose a_k are the moments of a positive measure on [0, 1], by the acceleration of
 * Cohen, Rodriguez Villegas and Zagier ("Convergence acceleration of alternating series", algorithm 1): n terms leave an
 * error below S / d, d = ((3 + sqrt 8)^n + (3 - sqrt 8)^n) / 2. So it needs no formula of the constant's own.
 */
import type { Enclosure } from "./enclosure.js";

/** An enclosure of sum over k >= 0 of (-1)^k / divisor(k), for divisors 1/a_k as above with divisor(0) >= 1, so that S <= 1. */
export function sumAlternating(divisor: (k: number) => bigint, bits: number): Enclosure {
  const n = Math.ceil((bits + 2) / Math.log2(3 + Math.sqrt(8))) + 1;
  const d = chebyshevAtThree(n);
  let b = -1n;
  let c = -d;
  let sum = 0n;
  for (let k = 0; k < n; k++) {
    c = b - c;
    sum += c / divisor(k);
    b = (2n * b * BigInt(n + k) * BigInt(k - n)) / (BigInt(2 * k + 1) * BigInt(k + 1));
  }
  // Each quotient lost less than 1, and S/d is below 1/d: in units of 1/d the sum is within n + 1.
  const [lo, hi] = [sum - BigInt(n + 1), sum + BigInt(n + 1)];
  return { lo: (lo << BigInt(bits)) / d - 1n, hi: (hi << BigInt(bits)) / d + 1n, bits };
}

/** T_n(3) from the pair (T_m, T_(m+1)) that doubles at every bit of n. */
function chebyshevAtThree(n: number): bigint {
  let [low, high] = [1n, 3n];
  for (const bit of n.toString(2)) {
    const middle = 2n * low * high - 3n;
    [low, high] = bit === "1" ? [middle, 2n * high * high - 1n] : [2n * low * low - 1n, middle];
  }
  return low;
}
