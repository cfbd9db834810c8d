/** From residues back to integers and fractions. */
import { InputError, ShapeError } from "../../backends/contract.js";
import type { ExactOptions } from "../kernels.js";
import type { Residues } from "../modular/vectors.js";
import type { Rational } from "../rational.js";
import { abs, checkInteger, gcd, invertModulo } from "./gcd.js";
import { divideOnce, type EuclidState, reduceTo } from "./lehmer.js";
import { bitLength } from "./limbs.js";
import { product } from "./product-tree.js";
import { isqrt } from "./roots.js";

export interface Congruence {
  /** In [0, modulus). */
  readonly value: bigint;
  readonly modulus: bigint;
}

/**
 * The one x in [0, product of the moduli) with x = residues[i] mod moduli[i]; moduli coprime in pairs. Halves of the list are
 * solved first, so that the long numbers are few.
 * @throws ShapeError, InputError when moduli are not positive or not coprime
 */
export function chineseRemainder(
  residues: readonly bigint[],
  moduli: readonly bigint[],
  options: ExactOptions = {},
): Congruence {
  if (residues.length !== moduli.length) {
    throw new ShapeError("chineseRemainder", "moduli", { expected: [residues.length], actual: [moduli.length] });
  }
  const between = (low: number, high: number): Congruence => {
    if (high - low === 0) return { value: 0n, modulus: 1n };
    if (high - low === 1) {
      const modulus = moduli[low] as bigint;
      const value = residues[low] as bigint;
      checkInteger("chineseRemainder", `residues[${low}]`, value);
      checkInteger("chineseRemainder", `moduli[${low}]`, modulus);
      if (modulus < 1n) throw new InputError("chineseRemainder", `moduli[${low}]`, `must be positive, got ${modulus}`);
      return { value: ((value % modulus) + modulus) % modulus, modulus };
    }
    const middle = (low + high) >> 1;
    return merge(between(low, middle), between(middle, high), options);
  };
  return between(0, residues.length);
}

function merge(a: Congruence, b: Congruence, options: ExactOptions): Congruence {
  const g = gcd(a.modulus, b.modulus, options);
  if (g !== 1n) throw new InputError("chineseRemainder", "moduli", `have the divisor ${g} in common`);
  const inverse = invertModulo(a.modulus, b.modulus, options);
  const step = (((b.value - a.value) * inverse) % b.modulus) + b.modulus;
  return { value: a.value + a.modulus * (step % b.modulus), modulus: a.modulus * b.modulus };
}

/**
 * Vectors of integers from their residues modulo several primes: vectors[k][i] = x[i] mod primes[k].
 * @returns every x[i] in (-M/2, M/2], M the product of the primes
 */
export function liftVectors(vectors: readonly Residues[], primes: readonly number[]): bigint[] {
  const [first] = vectors;
  if (!first || vectors.length !== primes.length) {
    throw new ShapeError("liftVectors", "vectors", {
      expected: `${primes.length || "some"} vectors`,
      actual: [vectors.length],
    });
  }
  for (const [k, v] of vectors.entries()) {
    if (v.length !== first.length) {
      throw new ShapeError("liftVectors", `vectors[${k}]`, { expected: [first.length], actual: [v.length] });
    }
  }
  const moduli = primes.map(BigInt);
  const modulus = product(moduli);
  const half = modulus / 2n;
  // 1 modulo one prime, 0 modulo all others.
  const units = moduli.map((p) => (modulus / p) * invertModulo(modulus / p, p));
  return Array.from(first, (_, i) => {
    let sum = 0n;
    for (const [k, unit] of units.entries()) sum += unit * BigInt((vectors[k] as Residues)[i] as number);
    const x = sum % modulus;
    return x > half ? x - modulus : x;
  });
}

export interface ReconstructionOptions extends ExactOptions {
  /** Most that |num| may be; by default, like den's, the root of half the modulus: then there is at most one. */
  readonly numBound?: bigint;
  readonly denBound?: bigint;
}

/**
 * The fraction num / den = r modulo m with |num| and den within bounds, or undefined (Wang: Euclid's algorithm on m and r,
 * stopped half-way).
 * @throws InputError when m < 1 or the bounds allow several answers (2 numBound denBound >= m)
 */
export function reconstructRational(r: bigint, m: bigint, options: ReconstructionOptions = {}): Rational | undefined {
  checkInteger("reconstructRational", "r", r);
  checkInteger("reconstructRational", "m", m);
  if (m < 1n) throw new InputError("reconstructRational", "m", `must be positive, got ${m}`);
  const root = isqrt((m - 1n) / 2n);
  const { numBound = root, denBound = root, kernels } = options;
  if (numBound < 0n || denBound < 0n || (m > 1n && 2n * numBound * denBound >= m)) {
    throw new InputError("reconstructRational", "numBound", "must leave room for one answer: 2 numBound denBound < m");
  }
  const state: EuclidState = { a: m, b: ((r % m) + m) % m, s: 0n, t: 1n, odd: false };
  reduceTo(state, bitLength(numBound), true, kernels);
  while (state.b > numBound) divideOnce(state, true);
  const { b, t, odd } = state;
  if (t === 0n || t > denBound || gcd(b, t, { kernels }) !== 1n) return undefined;
  return { num: odd ? -abs(b) : b, den: t };
}
