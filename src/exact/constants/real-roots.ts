/** Real roots of polynomials with integer coefficients (lowest first), isolated by Sturm's chains. */
import { InputError } from "../../backends/contract.js";
import { gcdOf } from "../integers/gcd.js";
import { bitLength } from "../integers/limbs.js";

/** An interval (from, to] / 2^bits with exactly one root. */
export interface RootInterval {
  readonly from: bigint;
  readonly to: bigint;
  readonly bits: number;
}

const most = 64;

/** Trailing zeros cut and the content divided out. @throws InputError for a constant, a degree above 64 or what is no bigint */
export function checkedPolynomial(coefficients: readonly bigint[]): bigint[] {
  if (!coefficients.every((c) => typeof c === "bigint"))
    throw new InputError("realRoots", "coefficients", "must be bigints, lowest first");
  const trimmed = primitive(coefficients);
  if (trimmed.length < 2 || trimmed.length > most + 1)
    throw new InputError("realRoots", "coefficients", `have degree ${trimmed.length - 1}, expected 1 to ${most}`);
  return trimmed;
}

/** The sign of the polynomial at x / 2^bits, and its value times 2^(bits degree). */
export function valueAt(polynomial: readonly bigint[], x: bigint, bits: number): bigint {
  const shift = BigInt(bits);
  let value = 0n;
  let scale = 0n;
  for (const c of [...polynomial].reverse()) {
    value = value * x + (c << scale);
    scale += shift;
  }
  return value;
}

export const derivative = (polynomial: readonly bigint[]): bigint[] =>
  polynomial.slice(1).map((c, i) => c * BigInt(i + 1));

/** All real roots, each once, in ascending order. */
export function realRoots(coefficients: readonly bigint[]): RootInterval[] {
  const polynomial = checkedPolynomial(coefficients);
  const chain = sturmChain(polynomial);
  // Cauchy: every root is below 1 + max |c_i / c_n|.
  const lead = bitLength(polynomial.at(-1) as bigint);
  const size = Math.max(1, ...polynomial.map((c) => bitLength(c) - lead + 1)) + 1;
  const found: RootInterval[] = [];
  const search = (from: bigint, to: bigint, bits: number, below: number, above: number): void => {
    if (below === above) return;
    if (below - above === 1) {
      found.push({ from, to, bits });
      return;
    }
    const middle = from + to;
    const changes = signChanges(chain, middle, bits + 1);
    search(2n * from, middle, bits + 1, below, changes);
    search(middle, 2n * to, bits + 1, changes, above);
  };
  const bound = 1n << BigInt(size);
  search(-bound, bound, 0, signChanges(chain, -bound, 0), signChanges(chain, bound, 0));
  return found;
}

function primitive(coefficients: readonly bigint[]): bigint[] {
  const trimmed = [...coefficients];
  while (trimmed.at(-1) === 0n) trimmed.pop();
  const content = gcdOf(trimmed);
  return content === 0n ? [] : trimmed.map((c) => c / content);
}

/** p, p', and the negated remainders, each times a positive number. Also right for multiple roots away from them. */
function sturmChain(polynomial: bigint[]): bigint[][] {
  const chain = [polynomial, primitive(derivative(polynomial))];
  for (;;) {
    const [a, b] = [chain.at(-2) as bigint[], chain.at(-1) as bigint[]];
    if (b.length === 1) return chain;
    const rest = primitive(negatedRemainder(a, b));
    if (rest.length === 0) return chain;
    chain.push(rest);
  }
}

function negatedRemainder(a: readonly bigint[], b: readonly bigint[]): bigint[] {
  const rest = [...a];
  const lead = b.at(-1) as bigint;
  const size = lead < 0n ? -lead : lead;
  while (rest.length >= b.length) {
    const top = (rest.at(-1) as bigint) * (lead < 0n ? -1n : 1n);
    const offset = rest.length - b.length;
    for (let i = 0; i < rest.length; i++) rest[i] = (rest[i] as bigint) * size;
    for (let i = 0; i < b.length; i++) rest[offset + i] = (rest[offset + i] as bigint) - top * (b[i] as bigint);
    rest.pop();
  }
  return rest.map((c) => -c);
}

function signChanges(chain: readonly bigint[][], x: bigint, bits: number): number {
  let changes = 0;
  let last = 0;
  for (const polynomial of chain) {
    const value = valueAt(polynomial, x, bits);
    const sign = value > 0n ? 1 : value < 0n ? -1 : 0;
    if (sign !== 0 && last !== 0 && sign !== last) changes++;
    if (sign !== 0) last = sign;
  }
  return changes;
}
