/** What rule the terms of an integer sequence obey, tried from the plainest to the richest, each on terms it did not use. */
import type { SearchOptions } from "../kernels.js";
import { type InterlacedShape, interlacedPolynomials, interlacedShape } from "../massey/interlaced.js";
import { checkedTerms } from "../massey/prime-field.js";
import { rationalRecurrence } from "../massey/rational-field.js";
import { type AlgebraicEquation, guessAlgebraic } from "./algebraic.js";
import { closedForm } from "./closed-form.js";
import { continueTerms, guessPolynomialCoefficients, type Recurrence } from "./polynomial-coefficients.js";

export interface MinimalOptions extends SearchOptions {
  /** Index of the first term. Default 0. */
  readonly offset?: number;
  /** How many terms must be left to contradict a guess. Default 2. */
  readonly spare?: number;
  /** How many next terms to give. Default 10. */
  readonly next?: number;
}

export interface MinimalRecurrence {
  /**
   * constant: linear with constant coefficients; interlaced: those among them that are polynomials in turn; polynomial: linear
   * with coefficients that are polynomials in n; algebraic: only the generating function's equation; none: nothing found.
   */
  readonly kind: "constant" | "interlaced" | "polynomial" | "algebraic" | "none";
  /** Index of the first term. */
  readonly offset: number;
  readonly terms: readonly bigint[];
  /** Terms that determine the rule, and terms that could have contradicted it and did not. */
  readonly used: number;
  readonly spare: number;
  /** Holds from term `start` of the sequence on (0 is the first): those before are its initial terms. */
  readonly recurrence?: Recurrence & { readonly start: number };
  readonly interlaced?: InterlacedShape & { readonly polynomials: readonly (readonly bigint[])[] };
  /** Sought beside polynomial coefficients too: it says more. */
  readonly algebraic?: AlgebraicEquation;
  readonly closedForm?: string;
  readonly next: readonly bigint[];
}

/**
 * The plainest rule of an integer sequence.
 * @throws TypeError for a term that is no integer; RangeError for fewer than 4 terms or options out of range
 */
export function minimalRecurrence(
  sequence: readonly (bigint | number)[],
  { offset = 0, spare = 2, next = 10, kernels }: MinimalOptions = {},
): MinimalRecurrence {
  const terms = checkedTerms(sequence);
  for (const [name, value, least] of [
    ["offset", offset, Number.MIN_SAFE_INTEGER],
    ["spare", spare, 1],
    ["next", next, 0],
  ] as const) {
    if (!Number.isInteger(value) || value < least)
      throw new RangeError(`${name} is ${value}, expected ${least} or more`);
  }
  if (terms.length < 4) throw new RangeError(`sequence has ${terms.length} terms, expected 4 or more`);
  const shared = { offset, terms };
  return (
    constantOf(shared, spare, next, kernels) ??
    richerOf(shared, spare, next) ?? { ...shared, kind: "none", used: terms.length, spare: 0, next: [] }
  );
}

interface Sequence {
  readonly offset: number;
  readonly terms: readonly bigint[];
}

function constantOf(
  { offset, terms }: Sequence,
  spare: number,
  next: number,
  kernels: SearchOptions["kernels"],
): MinimalRecurrence | undefined {
  const { complexity, scaled, denominator } = rationalRecurrence(terms, { kernels });
  const used = 2 * complexity;
  if (terms.length - used < spare) return undefined;
  const recurrence = { polynomials: scaled.map((c) => [c]), start: complexity };
  const shape = denominator === 1n ? interlacedShape({ connection: scaled, complexity }) : undefined;
  const interlaced = shape && { ...shape, polynomials: interlacedPolynomials(terms, shape) };
  const form = closedForm({ terms, offset, connection: scaled, complexity, interlaced });
  return {
    kind: interlaced ? "interlaced" : "constant",
    offset,
    terms,
    used,
    spare: terms.length - used,
    recurrence,
    ...(interlaced ? { interlaced } : {}),
    ...(form ? { closedForm: form } : {}),
    next: continueTerms(terms, recurrence, offset, next),
  };
}

function richerOf({ offset, terms }: Sequence, spare: number, next: number): MinimalRecurrence | undefined {
  const algebraic = guessAlgebraic(terms, spare);
  const found = guessPolynomialCoefficients(terms, offset, spare);
  if (found) {
    const recurrence = { polynomials: found.polynomials, start: found.polynomials.length - 1 };
    return {
      kind: "polynomial",
      offset,
      terms,
      used: found.used,
      spare: terms.length - found.used,
      recurrence,
      ...(algebraic ? { algebraic } : {}),
      next: continueTerms(terms, recurrence, offset, next),
    };
  }
  if (!algebraic) return undefined;
  const { used } = algebraic;
  return { kind: "algebraic", offset, terms, used, spare: terms.length - used, algebraic, next: [] };
}
