/**
 * Berlekamp-Massey over Q and Z: modulo primes below 2^31, put together by the Chinese remainder theorem, made rational
 * (Wang's half Euclid), and believed only when every term of the sequence obeys the result exactly.
 */
import type { SearchOptions } from "../kernels.js";
import { berlekampMassey } from "./berlekamp-massey.js";
import { checkedTerms, inverse, modulo, primesFromTop } from "./prime-field.js";

/** num / den in lowest terms, den > 0. */
export interface Fraction {
  readonly num: bigint;
  readonly den: bigint;
}

/** As LinearRecurrence, over Q: `denominator * C_j` are the integers in `scaled`, whose greatest common divisor is 1. */
export interface RationalRecurrence {
  readonly complexity: number;
  readonly scaled: readonly bigint[];
  readonly denominator: bigint;
}

/**
 * The shortest recurrence of integers, or of fractions, over Q. It is the only one of its length if there are 2 L terms; with
 * fewer the one that is returned is merely one of them.
 * @throws TypeError for a term that is neither an integer nor a fraction; RangeError for a denominator below 1
 */
export function rationalRecurrence(
  sequence: readonly (bigint | number | Fraction)[],
  options: SearchOptions = {},
): RationalRecurrence {
  const terms = cleared(sequence);
  let best: { complexity: number; length: number } = { complexity: -1, length: 0 };
  let modulus = 1n;
  let residues: bigint[] = [];
  for (const prime of primesFromTop()) {
    const found = berlekampMassey(terms, { ...options, prime });
    const better =
      found.complexity - best.complexity || (found.complexity < 0 ? 0 : found.connection.length - best.length);
    // A prime that divides what it must not makes the recurrence shorter; the longest is the true one.
    if (better < 0) continue;
    if (better > 0) {
      best = { complexity: found.complexity, length: found.connection.length };
      modulus = 1n;
      residues = found.connection.map(() => 0n);
    }
    residues = residues.map((r, j) => combine(r, modulus, found.connection[j] as bigint, prime));
    modulus *= prime;
    const candidate = reconstruct(residues, modulus);
    if (candidate && holds(terms, candidate, best.complexity)) return { complexity: best.complexity, ...candidate };
  }
  throw new RangeError("sequence has a recurrence with coefficients too long for all primes below 2^31");
}

/** C_j as fractions. */
export function fractionsOf({ scaled, denominator }: RationalRecurrence): Fraction[] {
  return scaled.map((c) => {
    const common = gcd(c, denominator);
    return { num: c / common, den: denominator / common };
  });
}

/** Times the least common denominator, which no recurrence notices. */
function cleared(sequence: readonly (bigint | number | Fraction)[]): bigint[] {
  const fractions = sequence.map((term, n): Fraction => {
    if (typeof term === "object" && term !== null) {
      const [num, den] = checkedTerms([term.num, term.den]) as [bigint, bigint];
      if (den < 1n) throw new RangeError(`term ${n} has denominator ${den}, expected a positive one`);
      return { num, den };
    }
    return { num: checkedTerms([term])[0] as bigint, den: 1n };
  });
  const common = fractions.reduce((least, { den }) => (least / gcd(least, den)) * den, 1n);
  return fractions.map(({ num, den }) => num * (common / den));
}

/** The residue modulo m p that is r modulo m and s modulo p. */
export function combine(r: bigint, m: bigint, s: bigint, p: bigint): bigint {
  return r + m * modulo((s - r) * inverse(m, p), p);
}

/** Integers and their least common denominator from residues; undefined while the modulus is too small for one of them. */
export function reconstruct(
  residues: readonly bigint[],
  modulus: bigint,
): { scaled: bigint[]; denominator: bigint } | undefined {
  let denominator = 1n;
  const fractions: Fraction[] = [];
  for (const residue of residues) {
    const found = reconstructOne(modulo(residue * denominator, modulus), modulus);
    if (!found) return undefined;
    fractions.push({ num: found.num, den: found.den * denominator });
    denominator *= found.den;
  }
  return { scaled: fractions.map(({ num, den }) => num * (denominator / den)), denominator };
}

/** num / den = residue modulo m with |num|, den <= sqrt(m / 2), if there is one. */
function reconstructOne(residue: bigint, m: bigint): Fraction | undefined {
  let [r0, r1, t0, t1] = [m, residue, 0n, 1n];
  while (2n * r1 * r1 > m) {
    const q = r0 / r1;
    [r0, r1, t0, t1] = [r1, r0 - q * r1, t1, t0 - q * t1];
  }
  if (t1 === 0n || 2n * t1 * t1 > m || gcd(r1, t1) !== 1n) return undefined;
  return t1 < 0n ? { num: -r1, den: -t1 } : { num: r1, den: t1 };
}

function holds(terms: readonly bigint[], { scaled }: { scaled: readonly bigint[] }, complexity: number): boolean {
  for (let n = complexity; n < terms.length; n++) {
    if (scaled.reduce((sum, c, j) => sum + c * (terms[n - j] as bigint), 0n) !== 0n) return false;
  }
  return true;
}

export function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
