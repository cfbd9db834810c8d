/** Periodic simple continued fractions and the quadratic numbers that they are (Lagrange). */
import { InputError } from "../../backends/contract.js";
import { gcdOf } from "../integers/gcd.js";
import { isqrt } from "../integers/roots.js";
import { floorDivide } from "../rational.js";

/** (p + sqrt d) / q, d > 0 no square. */
export interface QuadraticNumber {
  readonly p: bigint;
  readonly d: bigint;
  readonly q: bigint;
}

export interface PeriodicTerms {
  readonly preperiod: readonly bigint[];
  readonly period: readonly bigint[];
}

/** The exact expansion of a quadratic number. @throws InputError when q is 0, d is a square, or no period within `limit` terms */
export function quadraticTerms({ p, d, q }: QuadraticNumber, limit = 100_000): PeriodicTerms {
  if (q === 0n) throw new InputError("quadraticTerms", "q", "is 0");
  if (d <= 0n || isqrt(d) ** 2n === d)
    throw new InputError("quadraticTerms", "d", `is ${d}, expected a positive non-square`);
  // With q | d - p^2 all later quotients stay integers.
  const size = q < 0n ? -q : q;
  const [first, under, square] = (d - p * p) % q === 0n ? [p, q, d] : [p * size, q * size, d * q * q];
  let [m, n] = [first, under];
  const root = isqrt(square);
  const seen = new Map<string, number>();
  const terms: bigint[] = [];
  for (;;) {
    const key = `${m},${n}`;
    const start = seen.get(key);
    if (start !== undefined) return { preperiod: terms.slice(0, start), period: terms.slice(start) };
    if (terms.length >= limit) throw new InputError("quadraticTerms", "limit", `is ${limit}; the period is longer`);
    seen.set(key, terms.length);
    // floor((m + sqrt square) / n): the root's own floor serves a positive n, the integer above it a negative one.
    const term = n > 0n ? floorDivide(m + root, n) : floorDivide(m + root + 1n, n);
    terms.push(term);
    m = term * n - m;
    n = (square - m * m) / n;
  }
}

/** The number that eventually periodic terms are. @throws InputError for an empty period or terms in it below 1 */
export function quadraticNumber({ preperiod, period }: PeriodicTerms): QuadraticNumber {
  if (period.length === 0 || period.some((a) => a < 1n))
    throw new InputError("quadraticNumber", "period", "must be one or more positive integers");
  // y = (A y + B) / (C y + D), then x = (P y + Q) / (R y + S).
  const [A, B, C, D] = product(period);
  const [P, Q, R, S] = product(preperiod);
  // C y^2 + (D - A) y - B = 0, the root above 1: y = (h + sqrt disc) / (2C).
  const h = A - D;
  const disc = h * h + 4n * B * C;
  const k = 2n * C;
  // x = (P (h + w) + Q k) / (R (h + w) + S k), w = sqrt disc: rationalise.
  const [n0, d0] = [P * h + Q * k, R * h + S * k];
  const [constant, weight, den] = [n0 * d0 - P * R * disc, P * d0 - n0 * R, d0 * d0 - R * R * disc];
  const sign = weight < 0n ? -1n : 1n;
  return lowest(sign * constant, weight * weight * disc, sign * den);
}

/** Divided by a common g of p and q with g^2 | d. Without factoring d, not always the largest: the same number all the same. */
function lowest(p: bigint, d: bigint, q: bigint): QuadraticNumber {
  let g = gcdOf([p, q]);
  while (d % (g * g) !== 0n) g = gcdOf([g, d / gcdOf([d, g])]) < g ? gcdOf([g, d / gcdOf([d, g])]) : 1n;
  return { p: p / g, d: d / (g * g), q: q / g };
}

/** [[a, 1], [1, 0]] of all terms multiplied. */
function product(terms: readonly bigint[]): [bigint, bigint, bigint, bigint] {
  let [p, q, r, s] = [1n, 0n, 0n, 1n];
  for (const a of terms) [p, q, r, s] = [p * a + q, p, r * a + s, r];
  return [p, q, r, s];
}

/** The shortest period that explains the end of the terms at least `repeats` times over, or undefined. */
export function detectPeriod(terms: readonly bigint[], repeats = 3): PeriodicTerms | undefined {
  if (!(repeats >= 2)) throw new InputError("detectPeriod", "repeats", `is ${repeats}, expected at least 2`);
  for (let length = 1; length * repeats <= terms.length; length++) {
    let start = terms.length - length;
    while (start > 0 && terms[start - 1] === terms[start - 1 + length]) start--;
    if (terms.length - start >= length * repeats)
      return { preperiod: terms.slice(0, start), period: terms.slice(start, start + length) };
  }
  return undefined;
}
