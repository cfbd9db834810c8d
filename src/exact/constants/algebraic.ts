/** Algebraic numbers: a real root of a polynomial with integer coefficients, to any number of digits. */
import { InputError } from "../../backends/contract.js";
import { floorDivide } from "../rational.js";
import type { Enclosure } from "./enclosure.js";
import { type Real, real } from "./real.js";
import { checkedPolynomial, derivative, type RootInterval, realRoots, valueAt } from "./real-roots.js";

/**
 * The `index`-th real root (1 is the smallest) of sum coefficients[i] x^i. Multiple roots count once.
 * @throws InputError when the polynomial is constant, of degree above 64, or has fewer real roots
 */
export function algebraicNumber(coefficients: readonly bigint[], index = 1): Real {
  const polynomial = squareFree(checkedPolynomial(coefficients));
  const roots = realRoots(polynomial);
  const root = roots[index - 1];
  if (!root)
    throw new InputError("algebraicNumber", "index", `is ${index}; the polynomial has ${roots.length} real roots`);
  const text = formatPolynomial(polynomial);
  return real(`root(${text},${index})`, `\\operatorname{root}_{${index}}(${text})`, (bits) =>
    refineRoot(polynomial, root, bits),
  );
}

/** x^2-x-1 from [-1n, -1n, 1n], as the expression parser reads it. */
export function formatPolynomial(coefficients: readonly bigint[]): string {
  const terms = coefficients.map((c, i) => {
    if (c === 0n) return "";
    const power = i === 0 ? "" : i === 1 ? "x" : `x^${i}`;
    const size = c < 0n ? -c : c;
    const factor = size === 1n && power ? "" : `${size}${power && "*"}`;
    return `${c < 0n ? "-" : "+"}${factor}${power}`;
  });
  return terms.reverse().join("").replace(/^\+/, "") || "0";
}

/** Bisection to a few bits, then Newton's steps of twice the bits; signs at both ends decide, computed exactly. */
function refineRoot(polynomial: readonly bigint[], root: RootInterval, bits: number): Enclosure {
  const slope = derivative(polynomial);
  let { from, to, bits: have } = root;
  if (valueAt(polynomial, to, have) === 0n) return exact(to, have, bits);
  const rising = valueAt(polynomial, to, have) > 0n;
  /** Whether the root is at or below x / 2^at. */
  const reached = (x: bigint, at: number): boolean => {
    const value = valueAt(polynomial, x, at);
    return value === 0n || value > 0n === rising;
  };
  while (have < bits || to - from > 1n) {
    const goal = Math.min(bits, 2 * have - 4);
    if (to - from === 1n && goal > have + 2) {
      const start = (2n * from + 1n) << BigInt(goal - have - 1);
      const down = valueAt(slope, start, goal);
      // The value carries 2^(goal degree), the slope 2^(goal (degree - 1)): the quotient is in units of 2^-goal.
      const next = down === 0n ? start : start - floorDivide(valueAt(polynomial, start, goal), down);
      const [low, high] = [from << BigInt(goal - have), to << BigInt(goal - have)];
      if (next - 1n >= low && next + 2n <= high && reached(next + 2n, goal) && !reached(next - 1n, goal)) {
        [from, to, have] = [next - 1n, next + 2n, goal];
        continue;
      }
    }
    if (to - from === 1n) [from, to, have] = [2n * from, 2n * to, have + 1];
    const middle = (from + to) >> 1n;
    if (reached(middle, have)) to = middle;
    else from = middle;
  }
  return have === bits
    ? { lo: from, hi: to, bits }
    : { lo: from >> BigInt(have - bits), hi: -(-to >> BigInt(have - bits)), bits };
}

function exact(x: bigint, have: number, bits: number): Enclosure {
  const shift = BigInt(Math.abs(bits - have));
  return bits >= have ? { lo: x << shift, hi: x << shift, bits } : { lo: x >> shift, hi: -(-x >> shift), bits };
}

/** p / gcd(p, p'), so that every root crosses. */
function squareFree(polynomial: bigint[]): bigint[] {
  let [a, b] = [polynomial, derivative(polynomial)];
  while (b.length > 0) [a, b] = [b, pseudoRemainder(a, b)];
  return a.length === 1 ? polynomial : checkedPolynomial(quotient(polynomial, a));
}

function pseudoRemainder(a: readonly bigint[], b: readonly bigint[]): bigint[] {
  const rest = [...a];
  const lead = b.at(-1) as bigint;
  while (rest.length >= b.length) {
    const top = rest.pop() as bigint;
    const offset = rest.length + 1 - b.length;
    for (let i = 0; i < rest.length; i++)
      rest[i] = lead * (rest[i] as bigint) - (i < offset ? 0n : top * (b[i - offset] as bigint));
  }
  while (rest.at(-1) === 0n) rest.pop();
  return rest.length === 0 ? rest : rest.length === 1 ? [1n] : checkedPolynomial(rest);
}

/** a / b up to a constant, b dividing a over the rational numbers. */
function quotient(a: readonly bigint[], b: readonly bigint[]): bigint[] {
  const lead = b.at(-1) as bigint;
  const steps = a.length - b.length + 1;
  const rest = a.map((c) => c * lead ** BigInt(steps));
  const result = new Array<bigint>(steps).fill(0n);
  for (let i = steps - 1; i >= 0; i--) {
    const digit = (rest[i + b.length - 1] as bigint) / lead;
    result[i] = digit;
    for (let j = 0; j < b.length; j++) rest[i + j] = (rest[i + j] as bigint) - digit * (b[j] as bigint);
  }
  return result;
}
