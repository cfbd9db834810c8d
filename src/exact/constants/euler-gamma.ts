/** Euler's constant by the first algorithm of Brent and McMillan (1980), summed by binary splitting. */
import { bitLength } from "../integers/limbs.js";
import { rational } from "../rational.js";
import type { Enclosure } from "./enclosure.js";
import { divideIntervals, subtractIntervals } from "./interval.js";
import { logarithmOfRational } from "./logarithm.js";
import { type Real, real } from "./real.js";

/**
 * gamma = S/I - log n - error with I = sum t_k, S = sum H_k t_k, t_k = (n^k / k!)^2 and H_k = 1 + 1/2 + ... + 1/k.
 * The error is K_0(2n) / I_0(2n), between 0 and pi e^(-4n).
 */
export const eulerGamma: Real = real("gamma", "\\gamma", (bits) => {
  const n = Math.ceil((bits + 2) / (4 * Math.log2(Math.E))) + 1;
  const { sum, weighted } = besselSums(n, bits);
  const value = subtractIntervals(divideIntervals(weighted, sum), logarithmOfRational(rational(n), bits));
  return { lo: value.lo - 1n, hi: value.hi, bits };
});

interface Part {
  /** Products of n^2, of k^2 and of k. */
  readonly p: bigint;
  readonly q: bigint;
  readonly d: bigint;
  /** c/d = sum 1/k; t/q = sum of the terms; v/(qd) = sum of terms times the 1/k so far, all of this part alone. */
  readonly c: bigint;
  readonly t: bigint;
  readonly v: bigint;
}

function besselSums(n: number, bits: number): { sum: Enclosure; weighted: Enclosure } {
  let terms = 3 * n + 1;
  let size = 0;
  for (let k = 1; k < terms || size + Math.log2(terms) > -bits - 4; k++) {
    size += 2 * Math.log2(n / k);
    terms = Math.max(terms, k + 1);
  }
  const square = BigInt(n) ** 2n;
  for (; ; terms += 8 + (terms >> 4)) {
    const { p, q, d, t, v } = split(1, terms, square);
    // The first term left out, with H_k <= k. From k = 3n on a term is at most 2/9 of the one before, weights included.
    const next = bitLength(p * square) - bitLength(q * BigInt(terms)) + 1;
    if (next + 1 > -bits) continue;
    const [one, shift] = [1n << BigInt(bits), BigInt(bits)];
    const [low, lowWeighted] = [one + (t << shift) / q, (v << shift) / (q * d)];
    return { sum: { lo: low, hi: low + 2n, bits }, weighted: { lo: lowWeighted, hi: lowWeighted + 2n, bits } };
  }
}

function split(from: number, to: number, square: bigint): Part {
  if (to - from === 1) {
    const k = BigInt(from);
    return { p: square, q: k * k, d: k, c: 1n, t: square, v: square };
  }
  const middle = (from + to) >> 1;
  const [left, right] = [split(from, middle, square), split(middle, to, square)];
  const far = left.p * right.t;
  return {
    p: left.p * right.p,
    q: left.q * right.q,
    d: left.d * right.d,
    c: left.c * right.d + right.c * left.d,
    t: right.q * left.t + far,
    v: right.d * (right.q * left.v + left.c * far) + left.d * left.p * right.v,
  };
}
