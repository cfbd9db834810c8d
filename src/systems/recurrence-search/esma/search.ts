/**
 * ESMA: formulas f(c) = a0 + b0/(a1 + b1/(a2 + ...)) for a constant, with b periodic and a a linear recurrence, from enumeration
 * alone (Razon and others, "Automated Search for Conjectures on Mathematical Constants using Analysis of Integer Sequences",
 * arXiv 2212.09470). The terms follow from f(c) and b; Berlekamp-Massey says whether they obey a rule; digits that gave no term
 * say whether the rule is true.
 */
import { bitsForDigits } from "../../../exact/index.js";
import type { SearchOptions } from "../kernels.js";
import { berlekampMasseyBatch } from "../massey/batch.js";
import { type InterlacedShape, interlacedShape } from "../massey/interlaced.js";
import { obeys } from "../massey/lfsr.js";
import { type LinearRecurrence, symmetric, trimmed } from "../massey/linear-recurrence.js";
import { mersenne31 } from "../massey/prime-field.js";
import { approved, convergenceRate } from "./approve.js";
import { type LeftSide, leftSides } from "./left-sides.js";
import { certifiedQuotients } from "./partial-quotients.js";
import { type SignWord, signWords } from "./sign-words.js";
import { signedTerms } from "./signed-terms.js";
import { boundsOf, type Constant } from "./value.js";

export interface ConjectureOptions extends SearchOptions {
  /** Degree of P and Q. Default 1. */
  readonly degree?: number;
  /** Largest |coefficient|. Default 2. */
  readonly coefficients?: number;
  /** Left sides to take instead of a whole box. */
  readonly sides?: readonly LeftSide[];
  /** Shortest and longest period of signs. Default [1, 3]. */
  readonly periods?: readonly [from: number, to: number];
  /** Terms of each sequence, at least 8; a rule may have a quarter of them. Default 105. */
  readonly depth?: number;
  /** Decimals that approval compares. Default 1000. */
  readonly digits?: number;
  readonly signal?: AbortSignal;
  /** Told after every few left sides. */
  readonly progress?: (done: number, total: number, found: Counts) => void;
}

export interface Counts {
  /** Left sides times sign words. */
  readonly pairs: number;
  /** Pairs whose certified terms all obey a recurrence of complexity at most depth / 4, over the integers. */
  readonly hits: number;
  readonly approved: number;
  /** Pairs whose left side is rational, or has too few known digits for `depth` terms. */
  readonly rational: number;
  readonly uncertain: number;
}

export interface Formula {
  readonly side: LeftSide;
  readonly signs: SignWord;
  /** The first terms, at least as many as the recurrence needs. */
  readonly terms: readonly bigint[];
  readonly recurrence: LinearRecurrence;
  readonly interlaced: InterlacedShape | undefined;
  readonly approved: boolean;
  /** Decimal digits per term over 200 terms; NaN unless approved. */
  readonly rate: number;
}

export interface Conjectures extends Counts {
  /** All hits, in the order of left sides and sign words. */
  readonly formulas: readonly Formula[];
}

/** Left sides whose sequences go through Berlekamp-Massey together. */
const sidesAtOnce = 64;

/**
 * All formulas of a box. The result depends on nothing but the arguments.
 * @throws RangeError naming the option that is out of range; AbortError when the signal says so
 */
export function conjecture(constant: Constant, options: ConjectureOptions = {}): Conjectures {
  const { degree = 1, coefficients = 2, periods = [1, 3], depth = 105, digits = 1000, signal, progress } = options;
  if (!Number.isInteger(depth) || depth < 8 || depth >= 65536) {
    throw new RangeError(`depth is ${depth}, expected an integer from 8 to 65535`);
  }
  if (!Number.isInteger(digits) || digits < 1) throw new RangeError(`digits is ${digits}, expected an integer >= 1`);
  const words = signWords(...periods);
  const sides = options.sides ?? leftSides(degree, coefficients);
  const counts = { pairs: 0, hits: 0, approved: 0, rational: 0, uncertain: 0 };
  const formulas: Formula[] = [];
  for (let first = 0; first < sides.length; first += sidesAtOnce) {
    signal?.throwIfAborted();
    const group = sides.slice(first, first + sidesAtOnce);
    const extracted = extract(constant, group, words, depth, counts);
    for (const hit of hitsOf(extracted, depth, options)) {
      const formula = judge(constant, hit, digits);
      counts.hits++;
      if (formula.approved) counts.approved++;
      formulas.push(formula);
    }
    progress?.(Math.min(first + sidesAtOnce, sides.length), sides.length, counts);
  }
  return { ...counts, formulas };
}

/** Sequences of one call of Berlekamp-Massey. */
interface Extracted {
  readonly pairs: { readonly side: LeftSide; readonly signs: SignWord }[];
  /** [pairs, depth] */
  readonly terms: Float64Array;
}

type Tally = { -readonly [K in keyof Counts]: Counts[K] };

/** The certified terms of every pair; pairs without `depth` of them are counted and left out. */
export function extract(
  constant: Constant,
  sides: readonly LeftSide[],
  words: readonly SignWord[],
  depth: number,
  counts: Tally,
): Extracted {
  const pairs: Extracted["pairs"] = [];
  const terms = new Float64Array(sides.length * words.length * depth);
  for (const side of sides) {
    counts.pairs += words.length;
    const rows = certified(constant, side, words, depth);
    if (rows === "rational") counts.rational += words.length;
    else {
      for (const [i, row] of rows.entries()) {
        if (!row) counts.uncertain++;
        else {
          terms.set(row, pairs.length * depth);
          pairs.push({ side, signs: words[i] as SignWord });
        }
      }
    }
  }
  return { pairs, terms: terms.subarray(0, pairs.length * depth) };
}

const firstDigits = 500;
const mostDigits = 64000;

function certified(
  constant: Constant,
  side: LeftSide,
  words: readonly SignWord[],
  depth: number,
): "rational" | (Float64Array | undefined)[] {
  const known = constant.knownBits ?? Number.POSITIVE_INFINITY;
  for (let digits = Math.max(firstDigits, 5 * depth); ; digits *= 2) {
    const bits = Math.min(bitsForDigits(digits), known);
    const bounds = boundsOf(side, constant, bits);
    if (bounds && bounds.lo.num * bounds.hi.den === bounds.hi.num * bounds.lo.den) return "rational";
    const quotients = bounds ? certifiedQuotients(bounds.lo, bounds.hi, 2 * depth + 2) : [];
    const rows = words.map((signs) => {
      const row = new Float64Array(depth);
      return signedTerms(quotients, signs, row) === depth ? row : undefined;
    });
    if (bits >= known || rows.every((row) => row !== undefined)) return rows;
    if (digits > mostDigits) return "rational";
  }
}

interface Hit {
  readonly side: LeftSide;
  readonly signs: SignWord;
  readonly terms: readonly bigint[];
  readonly recurrence: LinearRecurrence;
}

/** Pairs whose terms all obey a short recurrence over the integers. */
export function* hitsOf({ pairs, terms }: Extracted, depth: number, { kernels }: SearchOptions): Generator<Hit> {
  if (pairs.length === 0) return;
  const p = Number(mersenne31);
  const residues = Uint32Array.from(terms, (term) => term % p);
  const limit = Math.floor(depth / 4);
  const { complexities, connections } = berlekampMasseyBatch(residues, depth, { limit, kernels });
  for (const [i, { side, signs }] of pairs.entries()) {
    const complexity = complexities[i] as number;
    if (complexity > limit) continue;
    const row = connections.subarray(i * (limit + 1), (i + 1) * (limit + 1));
    const recurrence = { connection: symmetric(trimmed(Array.from(row, BigInt)), mersenne31), complexity };
    const integers = Array.from(terms.subarray(i * depth, (i + 1) * depth), BigInt);
    if (obeys(integers, recurrence)) yield { side, signs, terms: integers, recurrence };
  }
}

/** Digits that the rate of convergence over 200 terms is measured with: ten a term. */
const rateDigits = 2100;

function judge(constant: Constant, hit: Hit, digits: number): Formula {
  const known = constant.knownBits ?? Number.POSITIVE_INFINITY;
  const bounds = boundsOf(hit.side, constant, Math.min(bitsForDigits(digits + 30), known));
  const ok = bounds !== undefined && approved(hit, bounds, digits);
  const fine = ok ? boundsOf(hit.side, constant, Math.min(bitsForDigits(rateDigits), known)) : undefined;
  return {
    ...hit,
    interlaced: interlacedShape(hit.recurrence),
    approved: ok,
    rate: fine ? convergenceRate(hit, fine.lo) : Number.NaN,
  };
}
