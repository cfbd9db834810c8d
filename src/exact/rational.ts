/**
 * Rational numbers: a numerator over a positive denominator, in lowest terms. Plain frozen-in-spirit records, so that they
 * compare with toEqual, travel through structuredClone and print without help.
 */
import { InputError } from "../backends/contract.js";
import { gcd } from "./integers/gcd.js";
import { bitLength } from "./integers/limbs.js";

export interface Rational {
  readonly num: bigint;
  /** Positive, without a common factor with `num`. */
  readonly den: bigint;
}

/** num/den in lowest terms. @throws InputError when den is 0 */
export function rational(num: bigint | number, den: bigint | number = 1n): Rational {
  const n = toInteger("num", num);
  const d = toInteger("den", den);
  if (d === 0n) throw new InputError("rational", "den", "is 0");
  const common = gcd(n, d);
  const sign = d < 0n ? -1n : 1n;
  return { num: (sign * n) / common, den: (sign * d) / common };
}

function toInteger(argument: string, value: bigint | number): bigint {
  if (typeof value === "bigint") return value;
  if (!Number.isSafeInteger(value)) throw new InputError("rational", argument, `is ${value}, not an exact integer`);
  return BigInt(value);
}

/** "7", "-7/3" or "0.125" as the exact number it names. @throws InputError when the text is none of these */
export function parseRational(text: string): Rational {
  const match = /^\s*([+-]?)(?:(\d+)\s*\/\s*(\d+)|(\d+)(?:\.(\d*))?|\.(\d+))\s*$/.exec(text);
  if (!match)
    throw new InputError("parseRational", "text", `is ${JSON.stringify(text)}, not an integer, p/q or decimal`);
  const [, sign, num, den, whole = "", fraction, bare] = match;
  const magnitude = num
    ? rational(BigInt(num), BigInt(den as string))
    : rational(BigInt(whole + (fraction ?? bare ?? "")), 10n ** BigInt((fraction ?? bare ?? "").length));
  return sign === "-" ? negate(magnitude) : magnitude;
}

/** "num/den", or "num" for an integer; parseRational reads it back. */
export function formatRational({ num, den }: Rational): string {
  return den === 1n ? String(num) : `${num}/${den}`;
}

export function negate({ num, den }: Rational): Rational {
  return { num: -num, den };
}

/** 1/x. @throws InputError when x is 0 */
export function reciprocal({ num, den }: Rational): Rational {
  return rational(den, num);
}

export function add(x: Rational, y: Rational): Rational {
  return rational(x.num * y.den + y.num * x.den, x.den * y.den);
}

export function subtract(x: Rational, y: Rational): Rational {
  return rational(x.num * y.den - y.num * x.den, x.den * y.den);
}

export function multiply(x: Rational, y: Rational): Rational {
  return rational(x.num * y.num, x.den * y.den);
}

/** x/y. @throws InputError when y is 0 */
export function divide(x: Rational, y: Rational): Rational {
  return rational(x.num * y.den, x.den * y.num);
}

/** x^n for any integer n. @throws InputError for a negative power of 0 */
export function power({ num, den }: Rational, n: number): Rational {
  if (!Number.isSafeInteger(n)) throw new InputError("power", "n", `is ${n}, not an integer`);
  return n >= 0 ? { num: num ** BigInt(n), den: den ** BigInt(n) } : rational(den ** BigInt(-n), num ** BigInt(-n));
}

/** Negative, 0 or positive as x is less than, equal to or greater than y. */
export function compare(x: Rational, y: Rational): -1 | 0 | 1 {
  const difference = x.num * y.den - y.num * x.den;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function equal(x: Rational, y: Rational): boolean {
  return x.num === y.num && x.den === y.den;
}

/** The largest integer not above num/den, den != 0 of either sign. BigInt's own division rounds towards zero. */
export function floorDivide(num: bigint, den: bigint): bigint {
  const quotient = num / den;
  return num % den !== 0n && num < 0n !== den < 0n ? quotient - 1n : quotient;
}

/** The smallest integer not below num/den, den != 0 of either sign. */
export function ceilDivide(num: bigint, den: bigint): bigint {
  return -floorDivide(-num, den);
}

/** The integer nearest to num/den, den > 0; halves go up. */
export function roundDivide(num: bigint, den: bigint): bigint {
  return floorDivide(2n * num + den, 2n * den);
}

/** The nearest number, for sizes and progress only: numerators and denominators of any length. */
export function toNumber({ num, den }: Rational): number {
  const shift = 64 - bitLength(num) + bitLength(den);
  const scaled = shift > 0 ? (num << BigInt(shift)) / den : num / (den << BigInt(-shift));
  // In two steps: 2^-shift alone may be below the smallest number although the result is not.
  const half = Math.trunc(shift / 2);
  return Number(scaled) * 2 ** -half * 2 ** (half - shift);
}
