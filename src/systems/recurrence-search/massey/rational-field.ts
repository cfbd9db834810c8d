/**
 * Berlekamp-Massey over Q and Z: modulo primes below 2^31, put together by the Chinese remainder theorem, made rational
 * (Wang's half Euclid), and believed only when every term of the sequence obeys the result exactly.
 */
import { reconstructRational } from "../../../exact/integers/chinese-remainder.js";
import { gcd, invertModulo } from "../../../exact/integers/gcd.js";
import { wordPrimes } from "../../../exact/modular/word-primes.js";
import type { Rational } from "../../../exact/rational.js";
import type { SearchOptions } from "../kernels.js";
import { berlekampMassey } from "./berlekamp-massey.js";
import { checkedTerms, modulo } from "./prime-field.js";

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
  sequence: readonly (bigint | number | Rational)[],
  options: SearchOptions = {},
): RationalRecurrence {
  const terms = cleared(sequence);
  let best: { complexity: number; length: number } = { complexity: -1, length: 0 };
  let modulus = 1n;
  let residues: bigint[] = [];
  for (const word of wordPrimes()) {
    const prime = BigInt(word);
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
export function fractionsOf({ scaled, denominator }: RationalRecurrence): Rational[] {
  return scaled.map((c) => {
    const common = gcd(c, denominator);
    return { num: c / common, den: denominator / common };
  });
}

/** Times the least common denominator, which no recurrence notices. */
function cleared(sequence: readonly (bigint | number | Rational)[]): bigint[] {
  const fractions = sequence.map((term, n): Rational => {
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
  return r + m * modulo((s - r) * invertModulo(m, p), p);
}

/** Integers and their least common denominator from residues; undefined while the modulus is too small for one of them. */
export function reconstruct(
  residues: readonly bigint[],
  modulus: bigint,
): { scaled: bigint[]; denominator: bigint } | undefined {
  let denominator = 1n;
  const fractions: Rational[] = [];
  for (const residue of residues) {
    const found = reconstructRational(residue * denominator, modulus);
    if (!found) return undefined;
    fractions.push({ num: found.num, den: found.den * denominator });
    denominator *= found.den;
  }
  return { scaled: fractions.map(({ num, den }) => num * (denominator / den)), denominator };
}

function holds(terms: readonly bigint[], { scaled }: { scaled: readonly bigint[] }, complexity: number): boolean {
  for (let n = complexity; n < terms.length; n++) {
    if (scaled.reduce((sum, c, j) => sum + c * (terms[n - j] as bigint), 0n) !== 0n) return false;
  }
  return true;
}
