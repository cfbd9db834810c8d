/**
 * Polynomials in n over the integers, as lists of coefficients, constant term first, without zeros at the end: [] is 0.
 * Small and exact: degrees of a fraction's numerators, not of generating functions.
 */
import { InputError } from "../../backends/contract.js";
import { gcd as gcdOfIntegers } from "../../exact/integers/gcd.js";

export type Polynomial = readonly bigint[];

const abs = (x: bigint): bigint => (x < 0n ? -x : x);

/** @param coefficients whole numbers, constant term first @throws InputError for others */
export function polynomial(coefficients: readonly (number | bigint)[]): Polynomial {
  const values = coefficients.map((c) => {
    if (typeof c === "bigint") return c;
    if (Number.isSafeInteger(c)) return BigInt(c);
    throw new InputError("polynomial", "coefficients", `hold ${String(c)}, which is not a whole number`);
  });
  return trim(values);
}

function trim(values: bigint[]): Polynomial {
  while (values.at(-1) === 0n) values.pop();
  return values;
}

/** -1 for the zero polynomial. */
export const degree = (p: Polynomial): number => p.length - 1;
export const leading = (p: Polynomial): bigint => p.at(-1) ?? 0n;

export function evaluate(p: Polynomial, n: bigint): bigint {
  let value = 0n;
  for (let i = p.length - 1; i >= 0; i--) value = value * n + (p[i] as bigint);
  return value;
}

export function add(p: Polynomial, q: Polynomial): Polynomial {
  return trim(Array.from({ length: Math.max(p.length, q.length) }, (_, i) => (p[i] ?? 0n) + (q[i] ?? 0n)));
}

export const scale = (p: Polynomial, factor: bigint): Polynomial => trim(p.map((c) => c * factor));
export const subtract = (p: Polynomial, q: Polynomial): Polynomial => add(p, scale(q, -1n));

export function multiply(p: Polynomial, q: Polynomial): Polynomial {
  const product = new Array<bigint>(Math.max(0, p.length + q.length - 1)).fill(0n);
  for (const [i, x] of p.entries())
    for (const [j, y] of q.entries()) product[i + j] = (product[i + j] as bigint) + x * y;
  return trim(product);
}

export const power = (p: Polynomial, exponent: number): Polynomial =>
  Array.from({ length: exponent }).reduce<Polynomial>((product) => multiply(product, p), [1n]);

/** p(q(n)). */
export function compose(p: Polynomial, q: Polynomial): Polynomial {
  return p.reduceRight<Polynomial>((sum, c) => add(multiply(sum, q), trim([c])), []);
}

/** p(n + by). */
export const shift = (p: Polynomial, by: bigint): Polynomial => compose(p, [by, 1n]);

/** The gcd of the coefficients, 0 for the zero polynomial. */
export const content = (p: Polynomial): bigint => p.reduce((common, c) => gcdOfIntegers(common, c), 0n);

/** p over its content, the leading coefficient positive. */
export function primitive(p: Polynomial): Polynomial {
  const divisor = leading(p) < 0n ? -content(p) : content(p);
  return divisor ? p.map((c) => c / divisor) : [];
}

/** p / q over the integers; undefined when q does not divide p there. @throws InputError for q = 0 */
export function divideExactly(p: Polynomial, q: Polynomial): Polynomial | undefined {
  if (q.length === 0) throw new InputError("divideExactly", "q", "is the zero polynomial");
  const rest = [...p];
  const quotient = new Array<bigint>(Math.max(0, p.length - q.length + 1)).fill(0n);
  for (let i = quotient.length - 1; i >= 0; i--) {
    const top = rest[i + q.length - 1] as bigint;
    if (top % leading(q)) return undefined;
    const factor = top / leading(q);
    quotient[i] = factor;
    for (const [j, c] of q.entries()) rest[i + j] = (rest[i + j] as bigint) - factor * c;
  }
  return rest.some((c) => c !== 0n) ? undefined : trim(quotient);
}

/** The primitive gcd, by remainders made primitive at each step; [1] when there is no common factor but a constant. */
export function gcd(p: Polynomial, q: Polynomial): Polynomial {
  let [a, b] = p.length < q.length ? [primitive(q), primitive(p)] : [primitive(p), primitive(q)];
  while (b.length) [a, b] = [b, primitive(remainder(a, b))];
  return a;
}

/** A multiple of the remainder of p by q: the leading coefficient is multiplied in, so that nothing is divided. */
function remainder(p: Polynomial, q: Polynomial): Polynomial {
  let rest = p;
  while (rest.length >= q.length) {
    const raised = [...new Array<bigint>(rest.length - q.length).fill(0n), ...q];
    rest = subtract(scale(rest, leading(q)), scale(raised, leading(rest)));
  }
  return rest;
}

/** Every integer n with p(n) = 0, ascending. @throws InputError for p = 0 */
export function integerRoots(p: Polynomial): bigint[] {
  if (p.length === 0) throw new InputError("integerRoots", "p", "is the zero polynomial");
  // Cauchy: a root is at most 1 + max |c_i / c_d|, here their sum; searched by halving on each piece where p is monotone.
  const bound = 1n + p.reduce((sum, c) => sum + abs(c), 0n) / abs(leading(p));
  const roots = new Set<bigint>();
  for (const [low, high] of monotone(p, -bound, bound)) {
    for (const end of [low, high]) if (evaluate(p, end) === 0n) roots.add(end);
    const inside = crossing(p, low, high);
    if (evaluate(p, inside) === 0n) roots.add(inside);
  }
  return [...roots].sort((x, y) => (x < y ? -1 : 1));
}

/** Consecutive integer pieces of [low, high] over whose inside p does not turn. */
function monotone(p: Polynomial, low: bigint, high: bigint): [bigint, bigint][] {
  const derivative = trim(p.slice(1).map((c, i) => c * BigInt(i + 1)));
  if (derivative.length < 2) return [[low, high]];
  const cuts = monotone(derivative, low, high).flatMap(([from, to]) => {
    const at = crossing(derivative, from, to);
    return [from, at, at + 1n, to].filter((cut) => cut >= low && cut <= high);
  });
  const sorted = [...new Set([low, ...cuts, high])].sort((x, y) => (x < y ? -1 : 1));
  return sorted.slice(1).map((to, i) => [sorted[i] as bigint, to]);
}

/** The last integer of [low, high) at which p is 0 or still has the sign that it has at low. */
function crossing(p: Polynomial, low: bigint, high: bigint): bigint {
  const rising = evaluate(p, low) <= evaluate(p, high);
  let [from, to] = [low, high];
  while (to - from > 1n) {
    const middle = from + (to - from) / 2n;
    const value = evaluate(p, middle);
    if (rising ? value <= 0n : value >= 0n) from = middle;
    else to = middle;
  }
  return from;
}

/** As people write it, highest power first: 34n^3 + 51n^2 + 27n + 5. */
export function format(p: Polynomial, variable = "n"): string {
  const terms = [...p.entries()].reverse().filter(([, c]) => c !== 0n);
  if (terms.length === 0) return "0";
  return terms
    .map(([i, c], place) => {
      const size = i > 0 && abs(c) === 1n ? "" : String(abs(c));
      const sign = c < 0n ? (place ? " - " : "-") : place ? " + " : "";
      return `${sign}${size}${i === 0 ? "" : i === 1 ? variable : `${variable}^${i}`}`;
    })
    .join("");
}
