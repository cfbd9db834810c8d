/** Polynomials over Z: coefficients from the constant one up; results end in a coefficient that is not 0, the zero polynomial is empty. */
import { InputError } from "../../backends/contract.js";
import { gcd, gcdOf } from "../integers/gcd.js";
import { bitLength } from "../integers/limbs.js";

export type IntegerPolynomial = readonly bigint[];

function trimmed(f: IntegerPolynomial): bigint[] {
  let n = f.length;
  while (n > 0 && f[n - 1] === 0n) n--;
  return f.slice(0, n);
}

/** The value at x (Horner). */
export const evaluatePolynomial = (f: IntegerPolynomial, x: bigint): bigint =>
  f.reduceRight((sum, c) => sum * x + c, 0n);

/** a b by one product of long integers (Kronecker): both at a power of two beyond every coefficient of the result. */
export function multiplyPolynomials(a: IntegerPolynomial, b: IntegerPolynomial): bigint[] {
  const [f, g] = [trimmed(a), trimmed(b)];
  if (!f.length || !g.length) return [];
  const widest = (h: bigint[]) => h.reduce((n, c) => Math.max(n, bitLength(c)), 0);
  const width = widest(f) + widest(g) + bitLength(BigInt(Math.min(f.length, g.length))) + 1;
  const whole = pack(f, width) * pack(g, width);
  return unpack(whole, width, f.length + g.length - 1);
}

/** f(2^width), halves first. */
function pack(f: readonly bigint[], width: number): bigint {
  if (f.length <= 1) return f[0] ?? 0n;
  const half = f.length >> 1;
  return pack(f.slice(0, half), width) + (pack(f.slice(half), width) << BigInt(half * width));
}

/** The coefficients of a value at 2^width, each below 2^(width - 1) in magnitude. */
function unpack(value: bigint, width: number, count: number): bigint[] {
  if (count === 1) return [value];
  const half = count >> 1;
  const low = BigInt.asIntN(half * width, value);
  return [...unpack(low, width, half), ...unpack((value - low) >> BigInt(half * width), width, count - half)];
}

/** a / b when it is a polynomial over Z, otherwise undefined. @throws InputError for b = 0 */
export function dividePolynomials(a: IntegerPolynomial, b: IntegerPolynomial): bigint[] | undefined {
  const [rest, g] = [trimmed(a), trimmed(b)];
  const lead = g.at(-1);
  if (lead === undefined) throw new InputError("dividePolynomials", "b", "is the zero polynomial");
  const quotient: bigint[] = Array(Math.max(0, rest.length - g.length + 1)).fill(0n);
  for (let k = quotient.length - 1; k >= 0; k--) {
    const top = rest[k + g.length - 1] as bigint;
    if (top % lead !== 0n) return undefined;
    const t = (quotient[k] = top / lead);
    for (const [i, c] of g.entries()) rest[k + i] = (rest[k + i] as bigint) - t * c;
  }
  return rest.every((c) => c === 0n) ? quotient : undefined;
}

/** f divided by the common factor of its coefficients, its leading one positive. */
export function primitivePart(f: IntegerPolynomial): bigint[] {
  const g = trimmed(f);
  const content = gcdOf(g) * ((g.at(-1) ?? 1n) < 0n ? -1n : 1n);
  return g.length ? g.map((c) => c / content) : g;
}

/** The greatest common divisor over Z, contents included, leading coefficient positive (primitive remainders, Knuth 4.6.1). */
export function gcdPolynomials(a: IntegerPolynomial, b: IntegerPolynomial): bigint[] {
  const content = gcd(gcdOf(a), gcdOf(b));
  let [f, g] = [primitivePart(a), primitivePart(b)];
  if (f.length < g.length) [f, g] = [g, f];
  while (g.length) [f, g] = [g, primitivePart(pseudoRemainder(f, g))];
  return f.map((c) => c * content);
}

/** lead(g)^k f modulo g, for the k that keeps it in Z. */
function pseudoRemainder(f: readonly bigint[], g: readonly bigint[]): bigint[] {
  const lead = g.at(-1) as bigint;
  let rest = f.slice();
  while (rest.length >= g.length) {
    const top = rest.at(-1) as bigint;
    const shift = rest.length - g.length;
    rest = trimmed(rest.map((c, i) => c * lead - (i >= shift ? top * (g[i - shift] as bigint) : 0n)));
  }
  return rest;
}

/** How often 1 - x^period divides f, and what is left. @throws InputError for f = 0 or a period below 1 */
export function splitPeriod(f: IntegerPolynomial, period: number): { readonly power: number; readonly rest: bigint[] } {
  if (!Number.isSafeInteger(period) || period < 1) {
    throw new InputError("splitPeriod", "period", `must be a positive integer, got ${period}`);
  }
  let rest = trimmed(f);
  if (!rest.length) throw new InputError("splitPeriod", "f", "is the zero polynomial");
  const factor = [1n, ...Array<bigint>(period - 1).fill(0n), -1n];
  for (let power = 0; ; power++) {
    const quotient = dividePolynomials(rest, factor);
    if (!quotient) return { power, rest };
    rest = quotient;
  }
}
