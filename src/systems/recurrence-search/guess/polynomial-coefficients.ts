/** P-recursive guesses: recurrences whose coefficients are polynomials in n. */
import { nullVector } from "./null-vector.js";

/**
 * sum over i = 0..order of q_i(n) a(n - i) = 0 for n >= offset + order: polynomials[i] are q_i, lowest power first. Constant
 * coefficients are the case of degree 0.
 */
export interface Recurrence {
  readonly polynomials: readonly (readonly bigint[])[];
}

export interface FoundRecurrence extends Recurrence {
  /** Terms that determine it; the others were there to contradict it. */
  readonly used: number;
}

/** The one with the fewest unknowns that leaves `spare` terms to contradict it, or undefined. */
export function guessPolynomialCoefficients(
  terms: readonly bigint[],
  offset: number,
  spare: number,
): FoundRecurrence | undefined {
  for (const [order, degree] of sizes(terms.length - spare)) {
    const rows: bigint[][] = [];
    for (let i = order; i < terms.length; i++) rows.push(equation(terms, i, BigInt(offset + i), order, degree));
    const vector = nullVector(rows, (order + 1) * (degree + 1));
    if (!vector) continue;
    const polynomials = Array.from({ length: order + 1 }, (_, i) =>
      vector.slice(i * (degree + 1), (i + 1) * (degree + 1)),
    );
    // Without its first or last polynomial it would be a shorter one, seen from a later term.
    if (polynomials[0]?.every((c) => c === 0n) || polynomials[order]?.every((c) => c === 0n)) continue;
    return { polynomials: positive(polynomials), used: usedBy(order, degree) };
  }
  return undefined;
}

function equation(terms: readonly bigint[], at: number, n: bigint, order: number, degree: number): bigint[] {
  const row: bigint[] = [];
  for (let i = 0; i <= order; i++) {
    for (let value = terms[at - i] as bigint, j = 0; j <= degree; j++, value *= n) row.push(value);
  }
  return row;
}

const usedBy = (order: number, degree: number): number => (order + 1) * (degree + 1) - 1 + order;

/** Orders and degrees >= 1 that `most` terms determine, the smallest first. */
function sizes(most: number): [order: number, degree: number][] {
  const all: [number, number][] = [];
  for (let order = 1; order <= 12; order++) {
    for (let degree = 1; degree <= 12 && usedBy(order, degree) <= most; degree++) all.push([order, degree]);
  }
  return all.sort((a, b) => usedBy(...a) - usedBy(...b) || a[0] - b[0]);
}

/** With a positive leading coefficient in front of a(n). */
function positive(polynomials: bigint[][]): bigint[][] {
  const leading = (polynomials[0] as bigint[]).findLast((c) => c !== 0n) ?? 1n;
  return leading < 0n ? polynomials.map((q) => q.map((c) => -c)) : polynomials;
}

/** As many of the next `count` terms as are integers that the recurrence determines. */
export function continueTerms(
  terms: readonly bigint[],
  { polynomials }: Recurrence,
  offset: number,
  count: number,
): bigint[] {
  const all = terms.slice();
  for (let k = 0; k < count; k++) {
    const n = BigInt(offset + all.length);
    const [lead, ...rest] = polynomials.map((q) => q.reduceRight((value, c) => value * n + c, 0n));
    if (!lead) break;
    const sum = rest.reduce((total, q, i) => total - q * (all[all.length - 1 - i] as bigint), 0n);
    if (sum % lead !== 0n) break;
    all.push(sum / lead);
  }
  return all.slice(terms.length);
}
