/**
 * Equations that intersection numbers obey, as checks of a table or of any other source of numbers: the string and the dilaton equation,
 * the KdV equation of Witten and Kontsevich, and the Virasoro constraints with any entry as the pivot.
 */
import { InputError } from "../../backends/contract.js";
import { add, equal, multiply, type Rational, rational } from "../../exact/rational.js";
import { oddDoubleFactorial } from "./amplitude.js";
import { genusOf, multiplicities } from "./entries.js";
import { replaced, splittings } from "./recursion.js";

export const psiEquations = ["string", "dilaton", "kdv", "virasoro"] as const;
export type PsiEquation = (typeof psiEquations)[number];

/** <tau_d>_g of descending d; undefined for what the source does not hold. */
export type PsiSource = (g: number, d: readonly number[]) => Rational | undefined;

export interface PsiFault {
  readonly equation: PsiEquation;
  readonly g: number;
  /** The left side. */
  readonly d: readonly number[];
  /** The entry that the equation takes out. */
  readonly pivot: number;
  readonly found: Rational;
  readonly expected: Rational;
}

/** Raised inside when the source lacks a number: the equation is then not checked. */
const missing = Symbol("missing");

/** Numbers by the source; 0 for what is not stable. */
function reader(source: PsiSource): (d: readonly number[]) => Rational {
  return (d) => {
    const g = genusOf(d);
    if (g === undefined || 2 * g - 2 + d.length <= 0) return rational(0n);
    const value = source(g, d);
    if (!value) throw missing;
    return value;
  };
}

const zero = rational(0n);

/** <tau_0 X> = sum over x of <tau_(x-1) X - x> */
function stringRight(rest: readonly number[], number: (d: readonly number[]) => Rational): Rational {
  return multiplicities(rest)
    .filter(([entry]) => entry > 0)
    .map(([entry, count]) => multiply(rational(count), number(replaced(rest, entry, [entry - 1]))))
    .reduce(add, zero);
}

/** <tau_0 tau_1 X>_g = <tau_0^4 X>_(g-1) / 12 + sum over splittings <tau_0^2 I> <tau_0^2 J> / 2 */
function kdvRight(g: number, rest: readonly number[], number: (d: readonly number[]) => Rational): Rational {
  let sum = g > 0 ? multiply(rational(1n, 12n), number(replaced(rest, undefined, [0, 0, 0, 0]))) : zero;
  for (const [left, right, ways] of splittings(rest)) {
    const x = number(replaced(left, undefined, [0, 0]));
    if (x.num === 0n) continue;
    sum = add(sum, multiply(rational(ways, 2n), multiply(x, number(replaced(right, undefined, [0, 0])))));
  }
  return sum;
}

/** The Virasoro constraint for <tau_k X>, in amplitudes. */
function virasoroRight(
  g: number,
  k: number,
  rest: readonly number[],
  number: (d: readonly number[]) => Rational,
): Rational {
  const amplitude = (d: readonly number[]) =>
    multiply(rational(d.reduce((product, entry) => product * oddDoubleFactorial(entry), 1n)), number(d));
  let sum = zero;
  for (const [entry, count] of multiplicities(rest)) {
    if (k + entry === 0) continue;
    const joined = amplitude(replaced(rest, entry, [k + entry - 1]));
    sum = add(sum, multiply(rational(count * (2 * entry + 1)), joined));
  }
  for (let a = 0; a <= k - 2; a++) {
    const b = k - 2 - a;
    let pair = g > 0 ? amplitude(replaced(rest, undefined, [a, b])) : zero;
    for (const [left, right, ways] of splittings(rest)) {
      const x = amplitude(replaced(left, undefined, [a]));
      if (x.num === 0n) continue;
      pair = add(pair, multiply(rational(ways), multiply(x, amplitude(replaced(right, undefined, [b])))));
    }
    sum = add(sum, multiply(rational(1n, 2n), pair));
  }
  const below = [k, ...rest].reduce((product, entry) => product * oddDoubleFactorial(entry), 1n);
  return multiply(sum, rational(1n, below));
}

/**
 * One equation for one number.
 * @param d descending, stable, of the dimension of its genus
 * @param pivot the entry that a Virasoro constraint takes out; by default the last
 * @returns the fault; undefined when the equation holds, does not apply, or the source lacks one of its numbers
 */
export function checkPsi(
  source: PsiSource,
  equation: PsiEquation,
  d: readonly number[],
  pivot = d.at(-1) as number,
): PsiFault | undefined {
  const g = genusOf(d);
  if (g === undefined) throw new InputError("checkPsi", "d", `is [${d.join(", ")}], which has no genus`);
  // Where the recursion starts there is nothing to check against.
  if ((g === 0 && d.length === 3) || (g === 1 && d.length === 1)) return undefined;
  const takes = { string: [0], dilaton: [1], kdv: [1, 0], virasoro: [pivot] }[equation];
  let rest: number[] = [...d];
  for (const entry of takes) {
    if (!rest.includes(entry)) return undefined;
    rest = replaced(rest, entry, []);
  }
  try {
    const number = reader(source);
    const found = number(d);
    const expected = {
      string: () => stringRight(rest, number),
      dilaton: () => multiply(rational(2 * g - 2 + rest.length), number(rest)),
      kdv: () => kdvRight(g, rest, number),
      virasoro: () => virasoroRight(g, pivot, rest, number),
    }[equation]();
    return equal(found, expected) ? undefined : { equation, g, d, pivot: takes[0] as number, found, expected };
  } catch (error) {
    if (error === missing) return undefined;
    throw error;
  }
}

/** All equations, every pivot of the Virasoro constraints, for each d. @returns the faults in that order */
export function* checkAllPsi(
  source: PsiSource,
  numbers: Iterable<readonly number[]>,
  equations: readonly PsiEquation[] = psiEquations,
): Generator<PsiFault> {
  for (const d of numbers) {
    for (const equation of equations) {
      const pivots = equation === "virasoro" ? new Set(d) : [d.at(-1) as number];
      for (const pivot of pivots) {
        const fault = checkPsi(source, equation, d, pivot);
        if (fault) yield fault;
      }
    }
  }
}
