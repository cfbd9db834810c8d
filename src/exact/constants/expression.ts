/** Expressions of constants as values: each node knows its enclosure at any precision, and its exact value where it has one. */
import { InputError } from "../../backends/contract.js";
import { bitLength } from "../integers/limbs.js";
import {
  add,
  divide,
  formatRational,
  multiply,
  negate,
  power,
  type Rational,
  rational,
  subtract,
} from "../rational.js";
import { type Enclosure, enclose } from "./enclosure.js";
import { exponentialOfInterval, exponentialOfRational } from "./exponential.js";
import {
  addIntervals,
  divideIntervals,
  multiplyIntervals,
  negateInterval,
  powerInterval,
  scaleInterval,
  squareRootInterval,
  subtractIntervals,
} from "./interval.js";
import { logarithmOfInterval, logarithmOfRational } from "./logarithm.js";
import type { Real } from "./real.js";

export interface Expression {
  readonly exact?: Rational;
  readonly latex: string;
  at(bits: number): Enclosure;
}

export function literal(value: Rational): Expression {
  const size = value.num < 0n ? -value.num : value.num;
  const latex = value.den === 1n ? String(value.num) : `${value.num < 0n ? "-" : ""}\\frac{${size}}{${value.den}}`;
  return { exact: value, latex, at: (bits) => enclose(value, bits) };
}

export function constant(x: Real): Expression {
  return { latex: x.latex, at: (bits) => x.enclose(bits) };
}

export function negated(x: Expression): Expression {
  return x.exact ? literal(negate(x.exact)) : { latex: `-${group(x)}`, at: (bits) => negateInterval(x.at(bits)) };
}

const exactly = { "+": add, "-": subtract, "*": multiply, "/": divide } as const;
const nearly = { "+": addIntervals, "-": subtractIntervals, "*": multiplyIntervals, "/": divideIntervals } as const;

export type Operator = keyof typeof exactly;

/** @throws InputError for a quotient by an exact 0 */
export function combined(operator: Operator, x: Expression, y: Expression): Expression {
  if (x.exact && y.exact) return literal(exactly[operator](x.exact, y.exact));
  if (operator === "/" && y.exact?.num === 0n) throw new InputError("parseConstant", "text", "divides by 0");
  const latex = {
    "+": `${x.latex} + ${y.latex}`,
    "-": `${x.latex} - ${group(y)}`,
    "*": `${group(x)} ${group(y)}`,
    "/": `\\frac{${x.latex}}{${y.latex}}`,
  }[operator];
  return { latex, at: (bits) => nearly[operator](x.at(bits), y.at(bits)) };
}

/** x^y: exact for rational x and whole y, by squaring for whole y, else e^(y log x). */
export function raised(x: Expression, y: Expression): Expression {
  const latex = `${group(x)}^{${y.latex}}`;
  if (y.exact?.den === 1n) {
    if (bitLength(y.exact.num) > 13 || (x.exact && bitLength(x.exact.num * x.exact.den) * Number(y.exact.num) > 1e6))
      throw new InputError("parseConstant", "text", "has a power that is too large");
    const n = Number(y.exact.num);
    if (x.exact) return literal(power(x.exact, n));
    if (n === 0) return literal(rational(1n));
    return {
      latex,
      at(bits) {
        const whole = powerInterval(x.at(bits), Math.abs(n));
        return n > 0 ? whole : divideIntervals(enclose(rational(1n), bits), whole);
      },
    };
  }
  if (y.exact?.den === 2n) return { ...raised(squareRoot(x), literal(rational(y.exact.num))), latex };
  return { latex, at: (bits) => exponentialOfInterval(multiplyIntervals(y.at(bits), logarithmOf(x).at(bits))) };
}

export function squareRoot(x: Expression): Expression {
  if (x.exact && x.exact.num < 0n) throw new InputError("parseConstant", "text", "has the root of a negative number");
  return { latex: `\\sqrt{${x.latex}}`, at: (bits) => squareRootInterval(x.at(bits)) };
}

export function exponentialOf(x: Expression): Expression {
  if (x.exact?.num === 0n) return literal(rational(1n));
  // A series with long numerators would be slower than halving the argument.
  const short = x.exact && bitLength(x.exact.num * x.exact.den) < 64 && x.exact;
  return {
    latex: `e^{${x.latex}}`,
    at: (bits) => (short ? exponentialOfRational(short, bits) : exponentialOfInterval(x.at(bits))),
  };
}

export function logarithmOf(x: Expression): Expression {
  const exact = x.exact;
  if (exact && exact.num <= 0n)
    throw new InputError("parseConstant", "text", "has the logarithm of a number that is not positive");
  if (exact?.num === 1n && exact.den === 1n) return literal(rational(0n));
  const short = exact && bitLength(exact.num * exact.den) < 64 && exact;
  return {
    latex: `\\ln ${group(x)}`,
    at: (bits) => (short ? logarithmOfRational(short, bits) : logarithmOfInterval(x.at(bits))),
  };
}

/** (e^x + sign e^-x) / 2 */
export function hyperbolic(x: Expression, sign: 1 | -1): Expression {
  const up = exponentialOf(x);
  const down = exponentialOf(negated(x));
  return {
    latex: `\\${sign > 0 ? "cosh" : "sinh"} ${group(x)}`,
    at: (bits) => scaleInterval(nearly[sign > 0 ? "+" : "-"](up.at(bits), down.at(bits)), rational(1n, 2n)),
  };
}

/** A short rational argument, or a refusal that names the function. */
export function rationalArgument(name: string, x: Expression): Rational {
  if (!x.exact || bitLength(x.exact.num * x.exact.den) > 64)
    throw new InputError("parseConstant", "text", `needs a short rational number as argument of ${name}`);
  return x.exact;
}

export function wholeArgument(name: string, x: Expression): number {
  const value = rationalArgument(name, x);
  if (value.den !== 1n)
    throw new InputError(
      "parseConstant",
      "text",
      `needs an integer as argument of ${name}, got ${formatRational(value)}`,
    );
  return Number(value.num);
}

function group({ latex }: Expression): string {
  return /^-|[ ](?:\+|-)[ ]/.test(latex) ? `\\left(${latex}\\right)` : latex;
}
