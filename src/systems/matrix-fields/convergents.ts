/** Convergents p_n/q_n of a fraction at any depth, by recurrence or product tree, and what their sizes tell. */
import { InputError } from "../../backends/contract.js";
import { gcd as gcdOfIntegers } from "../../exact/integers/gcd.js";
import type { Rational } from "../../exact/rational.js";
import type { Fraction } from "./fraction.js";
import { type IntegerMatrix, multiplyMatrices, productTree } from "./integer-matrix.js";
import { logOfInteger } from "./logarithm.js";
import { degree, evaluate } from "./polynomial.js";

/** p_n, q_n as the recurrence u_n = a(n) u_{n-1} + b(n) u_{n-2} gives them, not in lowest terms. */
export interface Convergent {
  readonly p: bigint;
  readonly q: bigint;
}

/** All convergents from n = 0 on, without end. */
export function* convergents({ a, b }: Fraction): Generator<Convergent, never> {
  let [p, q, lastP, lastQ] = [evaluate(a, 0n), 1n, 1n, 0n];
  for (let n = 1n; ; n++) {
    yield { p, q };
    const [an, bn] = [evaluate(a, n), evaluate(b, n)];
    [p, lastP] = [an * p + bn * lastP, p];
    [q, lastQ] = [an * q + bn * lastQ, q];
  }
}

/** M(n) = [[0, b(n)], [1, a(n)]]. */
export const stepMatrix = ({ a, b }: Fraction, n: number): IntegerMatrix => [
  0n,
  evaluate(b, BigInt(n)),
  1n,
  evaluate(a, BigInt(n)),
];

/** [[p_{n-1}, p_n], [q_{n-1}, q_n]] by a product tree. @param depth n >= 0 */
export function convergentMatrix(pcf: Fraction, depth: number): IntegerMatrix {
  checkDepth("convergentMatrix", depth);
  const start = [1n, evaluate(pcf.a, 0n), 0n, 1n];
  return multiplyMatrices(
    start,
    productTree((n) => stepMatrix(pcf, n), 1, depth + 1, 2),
    2,
  );
}

export function convergentAt(pcf: Fraction, depth: number): Convergent {
  const [, p, , q] = convergentMatrix(pcf, depth) as [bigint, bigint, bigint, bigint];
  return { p, q };
}

function checkDepth(operation: string, depth: number): void {
  if (!Number.isSafeInteger(depth) || depth < 0) {
    throw new RangeError(`${operation}: depth is ${depth}, not a whole number from 0 on`);
  }
}

export function lowestTerms({ num, den }: Rational): Rational {
  const common = gcdOfIntegers(num, den) * (den < 0n ? -1n : 1n);
  return common ? { num: num / common, den: den / common } : { num, den };
}

/**
 * How good p/q is as an approximation of L: |p/q - L| = |q|^-(1 + delta), p/q in lowest terms. A sequence whose delta
 * stays above 0 proves that L is irrational, with measure 1 + 1/delta.
 * @returns -Infinity for q = 0, Infinity for |q| = 1 or p/q = L
 */
export function delta({ p, q }: Convergent, limit: Rational): number {
  if (q === 0n) return Number.NEGATIVE_INFINITY;
  const reduced = lowestTerms({ num: p, den: q });
  if (reduced.den === 1n) return Number.POSITIVE_INFINITY;
  const apart = reduced.num * limit.den - limit.num * reduced.den;
  if (apart === 0n) return Number.POSITIVE_INFINITY;
  const size = logOfInteger(reduced.den);
  const error = logOfInteger(apart) - size - logOfInteger(limit.den);
  return -(1 + error / size);
}

/** delta at a depth when the limit is not known: the convergent at twice the depth stands in for it. */
export function blindDelta(pcf: Fraction, depth: number): number {
  const { p, q } = convergentAt(pcf, 2 * depth);
  if (q === 0n) return Number.NEGATIVE_INFINITY;
  return delta(convergentAt(pcf, depth), { num: p, den: q });
}

/**
 * The authors' measure of factorial reduction: v = log(gcd(p, q)) / i + deg a (1 - log i) with p, q at i + 1, which tends
 * to a constant when the gcd grows like n!^deg a.
 * @param depths ascending i
 */
export function reductionSamples(pcf: Fraction, depths: readonly number[], nominalDegree = degree(pcf.a)): number[] {
  if (depths.some((i, k) => !Number.isSafeInteger(i) || i <= (depths[k - 1] ?? 0))) {
    throw new RangeError("reductionSamples: depths must be whole numbers, ascending, from 1 on");
  }
  let product: IntegerMatrix = [1n, evaluate(pcf.a, 0n), 0n, 1n];
  let taken = 1n;
  let reached = 1;
  return depths.map((i) => {
    const piece = productTree((n) => stepMatrix(pcf, n), reached, i + 2, 2);
    product = multiplyMatrices(product, piece, 2);
    reached = i + 2;
    // What all four entries share stays shared: taken out, the numbers of a reducing fraction stay short.
    const common = product.reduce((divisor, entry) => gcdOfIntegers(divisor, entry), 0n);
    if (common > 1n) {
      product = product.map((x) => x / common);
      taken *= common;
    }
    const own = gcdOfIntegers(product[1] as bigint, product[3] as bigint);
    return (logOfInteger(taken) + logOfInteger(own)) / i + nominalDegree * (1 - logOfInteger(BigInt(i)));
  });
}

export interface AuthorsVerdict {
  readonly reduces: boolean;
  /** The i at which the rule stopped. */
  readonly depth: number;
}

/** The authors' rule: samples every 200 steps; two that differ by less than 0.1 mean reduction, growing differences none. */
export function authorsRule(pcf: Fraction, nominalDegree = degree(pcf.a)): AuthorsVerdict {
  const depths = [200, 400, 600, 800, 1000, 1200, 1400];
  const v = reductionSamples(pcf, depths, nominalDegree);
  for (let k = 1; k < v.length; k++) {
    const change = Math.abs((v[k] as number) - (v[k - 1] as number));
    const before = k > 1 ? Math.abs((v[k - 1] as number) - (v[k - 2] as number)) : Number.POSITIVE_INFINITY;
    if (change > before) return { reduces: false, depth: depths[k] as number };
    if (change < 0.1) return { reduces: true, depth: depths[k] as number };
  }
  return { reduces: false, depth: 1400 };
}

export type Value =
  | { readonly kind: "rational"; readonly value: Rational; readonly endsAt: bigint }
  | { readonly kind: "limit"; readonly value: Rational; readonly digits: number; readonly depth: number }
  | { readonly kind: "none"; readonly reason: string };

/**
 * The value of a fraction: exact where it ends (b(n) = 0), otherwise p/q at a depth at which it agrees with half that
 * depth to the digits asked for. Depths double from 64 on.
 * @param digits decimals asked for @param maxDepth where to give up; the digits reached are then in the result
 */
export function fractionValue(pcf: Fraction, endsAt: bigint | undefined, digits = 100, maxDepth = 16384): Value {
  if (digits < 1) throw new InputError("fractionValue", "digits", `is ${digits}, must be at least 1`);
  if (endsAt !== undefined) {
    const { p, q } = convergentAt(pcf, Number(endsAt) - 1);
    if (q === 0n) return { kind: "none", reason: `q is 0 where the fraction ends, at n = ${endsAt}` };
    return { kind: "rational", value: lowestTerms({ num: p, den: q }), endsAt };
  }
  let reached = 0;
  let best: Convergent = { p: 0n, q: 0n };
  let depth = 64;
  let product = convergentMatrix(pcf, depth);
  for (; depth <= maxDepth; depth *= 2) {
    const [lastP, p, lastQ, q] = product as [bigint, bigint, bigint, bigint];
    // The change of the last step alone may be small in a fraction that swings; the one since half the depth counts too.
    const agreed = Math.min(agreement({ p, q }, { p: lastP, q: lastQ }), best.q ? agreement({ p, q }, best) : 0);
    if (q !== 0n && agreed >= reached) [reached, best] = [agreed, { p, q }];
    if (reached >= digits) break;
    const from = depth + 1;
    if (2 * depth <= maxDepth)
      product = multiplyMatrices(
        product,
        productTree((n) => stepMatrix(pcf, n), from, 2 * depth + 1, 2),
        2,
      );
  }
  if (reached < 2) return { kind: "none", reason: "does not converge to two digits" };
  return { kind: "limit", value: lowestTerms({ num: best.p, den: best.q }), digits: Math.min(reached, digits), depth };
}

/** floor(-log10 |x - y|), the decimals in which two convergents agree. */
export function agreement(x: Convergent, y: Convergent): number {
  if (x.q === 0n || y.q === 0n) return 0;
  const apart = x.p * y.q - y.p * x.q;
  if (apart === 0n) return Number.POSITIVE_INFINITY;
  const log = logOfInteger(apart) - logOfInteger(x.q) - logOfInteger(y.q);
  return Math.max(0, Math.floor(-log / 2.302585092994046));
}

/** The decimals of num/den, cut off, not rounded. */
export function decimals({ num, den }: Rational, digits: number): string {
  const negative = num < 0n !== den < 0n;
  const scaled = ((num < 0n ? -num : num) * 10n ** BigInt(digits)) / (den < 0n ? -den : den);
  const text = scaled.toString().padStart(digits + 1, "0");
  return `${negative ? "-" : ""}${text.slice(0, text.length - digits)}.${text.slice(text.length - digits)}`;
}
