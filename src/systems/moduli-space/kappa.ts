/**
 * Kappa classes, and volumes that are made of them.
 *
 * kappa_a1 ... kappa_am is pushed forward from further points: pi_*(psi^(a1+1) ...) = sum over permutations of products of kappas,
 * so that (Mumford; Arbarello and Cornalba 1996)
 *
 *   <kappa_a1 ... kappa_am tau_d>_g = sum over set partitions of {1..m} of the product over blocks B of (-1)^(|B|-1), times
 *                                     <tau_d  prod over blocks of tau_(1 + sum of a in B)>_g.
 */
import { InputError } from "../../backends/contract.js";
import { add, multiply, type Rational, rational } from "../../exact/rational.js";
import { binomial, factorial, fromScaled } from "./amplitude.js";
import { checkEntries, sumOf } from "./entries.js";
import { IntegerRecursion } from "./recursion.js";

/** 115,975 set partitions. */
const mostKappas = 10;

function checkKappas(kappas: ArrayLike<number>): number[] {
  return kappas.length === 0 ? [] : checkEntries("kappaPsi", kappas);
}

/** The genus of kappas and psis; undefined when the degree is that of none. */
function genusFor(degree: number, n: number): number | undefined {
  const g = (degree - n) / 3 + 1;
  return Number.isInteger(g) && g >= 0 && 2 * g - 2 + n > 0 ? g : undefined;
}

/**
 * <kappa_a1 ... kappa_am tau_d1 ... tau_dn>_g, of the genus that the degree implies; 0 when there is none.
 * @param kappas a, up to ten of them, in any order; empty for none
 * @param d entries; empty for none, from genus 2 on
 * @throws InputError for entries that are no counts or more than ten kappas (use `kappaOne` for many of kappa_1)
 */
export function kappaPsi(kappas: ArrayLike<number>, d: ArrayLike<number> = []): Rational {
  const a = checkKappas(kappas);
  const entries = d.length === 0 ? [] : checkEntries("kappaPsi", d);
  if (a.length > mostKappas)
    throw new InputError("kappaPsi", "kappas", `has ${a.length} entries; the limit is ${mostKappas}`);
  const g = genusFor(sumOf(a) + sumOf(entries), entries.length);
  if (g === undefined) return rational(0n);
  const recursion = new IntegerRecursion();
  let sum = rational(0n);
  for (const blocks of setPartitions(a)) {
    const sign = (a.length - blocks.length) % 2 === 0 ? 1n : -1n;
    sum = add(sum, multiply(rational(sign), numberOf(recursion, g, [...entries, ...blocks.map((block) => block + 1)])));
  }
  return sum;
}

/** <kappa_1^m tau_d>_g with m what the dimension leaves: by partitions of m. */
export function kappaOne(g: number, d: readonly number[], recursion = new IntegerRecursion()): Rational {
  const m = 3 * g - 3 + d.length - sumOf(d);
  if (m < 0) return rational(0n);
  let sum = rational(0n);
  for (const parts of partitions(m, m)) {
    // The set partitions of m elements with blocks of these sizes.
    let ways = factorial(m);
    const repeats = new Map<number, number>();
    for (const part of parts) {
      ways /= factorial(part);
      repeats.set(part, (repeats.get(part) ?? 0) + 1);
    }
    for (const count of repeats.values()) ways /= factorial(count);
    const sign = (m - parts.length) % 2 === 0 ? 1n : -1n;
    sum = add(sum, multiply(rational(sign * ways), numberOf(recursion, g, [...d, ...parts.map((part) => part + 1)])));
  }
  return sum;
}

function numberOf(recursion: IntegerRecursion, g: number, d: readonly number[]): Rational {
  const entries = [...d].sort((x, y) => y - x);
  return entries.length === 0 ? rational(0n) : fromScaled(recursion.scaled(g, entries), g, entries);
}

/** Sums of the blocks of every set partition. */
function* setPartitions(a: readonly number[]): Generator<number[]> {
  if (a.length === 0) {
    yield [];
    return;
  }
  const [first, ...rest] = a as [number, ...number[]];
  for (const blocks of setPartitions(rest)) {
    yield [first, ...blocks];
    for (const i of blocks.keys()) yield blocks.map((block, j) => (i === j ? block + first : block));
  }
}

export function* partitions(m: number, most: number): Generator<number[]> {
  if (m === 0) yield [];
  for (let part = Math.min(m, most); part > 0; part--)
    for (const rest of partitions(m - part, part)) yield [part, ...rest];
}

export interface VolumeTerm {
  /** Powers of the squared lengths, descending, 0 for the points that do not occur; the term stands for all their orders. */
  readonly powers: readonly number[];
  /** The term is coefficient pi^(2 piSquared) times the product of L_i^(2 powers_i). */
  readonly coefficient: Rational;
  readonly piSquared: number;
}

/**
 * The Weil-Petersson volume V_g,n(L) as a polynomial in squared lengths and pi squared (Mirzakhani 2007):
 * sum over d of <kappa_1^m tau_d>_g (2 pi^2)^m / m! times the product of L_i^(2 d_i) / (2^d_i d_i!).
 * @throws InputError unless 2g - 2 + n > 0
 */
export function weilPeterssonVolume(g: number, n: number): VolumeTerm[] {
  if (!(Number.isSafeInteger(g) && g >= 0 && Number.isSafeInteger(n) && n >= 0 && 2 * g - 2 + n > 0)) {
    throw new InputError("weilPeterssonVolume", "g", `${g} with ${n} boundaries is not stable`);
  }
  const dimension = 3 * g - 3 + n;
  const recursion = new IntegerRecursion();
  const terms: VolumeTerm[] = [];
  for (let degree = 0; degree <= (n > 0 ? dimension : 0); degree++) {
    for (const parts of partitions(degree, degree)) {
      if (parts.length > n) continue;
      const powers = [...parts, ...new Array<number>(n - parts.length).fill(0)];
      const m = dimension - degree;
      const below = parts.reduce((product, part) => product * 2n ** BigInt(part) * factorial(part), factorial(m));
      const value = kappaOne(g, powers, recursion);
      terms.push({ powers, coefficient: multiply(value, rational(2n ** BigInt(m), below)), piSquared: m });
    }
  }
  return terms;
}

/** zeta(2m) / pi^(2m), by Bernoulli numbers. */
export function zetaOverPi(m: number): Rational {
  const bernoulli: Rational[] = [];
  for (let i = 0; i <= 2 * m; i++) {
    let sum = rational(0n);
    for (const [k, value] of bernoulli.entries()) sum = add(sum, multiply(rational(binomial(i + 1, k)), value));
    bernoulli.push(i === 0 ? rational(1n) : multiply(sum, rational(-1n, BigInt(i + 1))));
  }
  const { num, den } = bernoulli[2 * m] as Rational;
  return rational((num < 0n ? -num : num) * 2n ** BigInt(2 * m - 1), den * factorial(2 * m));
}
