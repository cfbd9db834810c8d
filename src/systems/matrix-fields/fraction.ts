/**
 * Polynomial continued fractions PCF(a, b) = a(0) + b(1)/(a(1) + b(2)/(a(2) + ...)): what they are, how they are
 * brought to a common form, how they converge. Elimelech et al. 2024, "Algorithm-assisted discovery of an intrinsic order
 * among mathematical constants", sections 1 and 2.
 */
import { InputError } from "../../backends/contract.js";
import { gcd as gcdOfIntegers } from "../../exact/integers/gcd.js";
import {
  content,
  degree,
  divideExactly,
  format,
  gcd,
  integerRoots,
  leading,
  multiply,
  type Polynomial,
  polynomial,
  scale,
  shift,
} from "./polynomial.js";

export interface Fraction {
  readonly a: Polynomial;
  readonly b: Polynomial;
}

type Coefficients = readonly (number | bigint)[];

/** @param a coefficients, constant term first @param b likewise @throws InputError when b is 0 everywhere */
export function fraction(a: Coefficients, b: Coefficients): Fraction {
  const made = { a: polynomial(a), b: polynomial(b) };
  if (made.b.length === 0) throw new InputError("fraction", "b", "is the zero polynomial; there is no fraction");
  return made;
}

export const formatFraction = ({ a, b }: Fraction): string => `PCF(${format(a)}, ${format(b)})`;

/** Multiplies by c(n): a c(n), b c(n) c(n - 1). The value is multiplied by c(0). */
export function inflate({ a, b }: Fraction, c: Polynomial): Fraction {
  if (c.length === 0) throw new InputError("inflate", "c", "is the zero polynomial");
  return { a: multiply(a, c), b: multiply(b, multiply(c, shift(c, -1n))) };
}

/** The inverse of inflate. @throws InputError when c does not divide as it must */
export function deflate(pcf: Fraction, c: Polynomial): Fraction {
  const smaller = tryDeflate(pcf, c);
  if (!smaller) throw new InputError("deflate", "c", `${format(c)} cannot be taken out of ${formatFraction(pcf)}`);
  return smaller;
}

function tryDeflate({ a, b }: Fraction, c: Polynomial): Fraction | undefined {
  const lessA = divideExactly(a, c);
  const lessB = divideExactly(b, multiply(c, shift(c, -1n)));
  return lessA && lessB && { a: lessA, b: lessB };
}

/** A factor that was taken out, and what is left. */
export interface Deflated extends Fraction {
  /** The product of the factors; the value was its c(0) times the new value. */
  readonly factor: Polynomial;
}

/**
 * Takes out constants and polynomial factors until none is found: common factors of a(n), b(n) and b(n + 1) whole, and
 * where the whole does not divide, its linear factors one by one.
 */
export function deflateAll(pcf: Fraction): Deflated {
  let [rest, factor]: [Fraction, Polynomial] = [pcf, [1n]];
  for (;;) {
    const step = polynomialFactor(rest) ?? constantFactor(rest);
    const smaller = step && tryDeflate(rest, step);
    if (!(step && smaller)) return { ...rest, factor };
    [rest, factor] = [smaller, multiply(factor, step)];
  }
}

function polynomialFactor(pcf: Fraction): Polynomial | undefined {
  const common = gcd(gcd(pcf.a, pcf.b), shift(pcf.b, 1n));
  if (degree(common) < 1) return undefined;
  const linear = integerRoots(common).map((root): Polynomial => [-root, 1n]);
  return [common, ...linear].find((candidate) => tryDeflate(pcf, candidate));
}

/** Constants are sought among the primes up to this bound, and what is left above it whole. */
const TRIAL = 10_000n;

function constantFactor(pcf: Fraction): Polynomial | undefined {
  let left = gcdOfIntegers(content(pcf.a), content(pcf.b));
  for (let r = 2n; r <= TRIAL && r <= left; r++) {
    if (left % r) continue;
    if (tryDeflate(pcf, [r])) return [r];
    while (left % r === 0n) left /= r;
  }
  return left > 1n && tryDeflate(pcf, [left]) ? [left] : undefined;
}

/** A fraction with the same tail: n + by in place of n. Its value is a Moebius map of the old one. */
export const shiftFraction = ({ a, b }: Fraction, by: bigint): Fraction => ({ a: shift(a, by), b: shift(b, by) });

/** The negative of every value: a -> -a. */
export const negateFraction = ({ a, b }: Fraction): Fraction => ({ a: scale(a, -1n), b });

/** Positive integers n with b(n) = 0: the fraction ends before the first of them. Ascending. */
export const singularPoints = ({ b }: Fraction): bigint[] => integerRoots(b).filter((n) => n > 0n);

export type Convergence =
  | { readonly kind: "exponential"; readonly ratio: number }
  | { readonly kind: "polynomial" }
  | { readonly kind: "super-exponential" }
  | { readonly kind: "none" }
  | { readonly kind: "unbalanced" };

/**
 * How fast the convergents approach the limit, from the degrees and leading coefficients A, B alone. Balanced means
 * deg b = 2 deg a; then D = A^2 + 4B decides, and `ratio` is |(A - sqrt D) / (A + sqrt D)| per step. "polynomial" stands
 * for D = 0, which includes exp(-c sqrt n). "unbalanced" (deg b > 2 deg a) is left undecided.
 */
export function convergence({ a, b }: Fraction): Convergence {
  if (degree(b) < 2 * degree(a)) return { kind: "super-exponential" };
  if (degree(b) > 2 * degree(a)) return { kind: "unbalanced" };
  const [A, B] = [leading(a), leading(b)];
  const D = A * A + 4n * B;
  if (D < 0n) return { kind: "none" };
  if (D === 0n) return { kind: "polynomial" };
  const root = Math.sqrt(Number(D));
  const size = Math.abs(Number(A));
  return { kind: "exponential", ratio: Math.abs((size - root) / (size + root)) };
}
