/**
 * Interlaced polynomials: a[n] = P_r(q) for n = T q + r after a pre-period. A recurrence describes one exactly when C divides
 * (1 - x^T)^m; then the degrees are below m.
 */
import type { LinearRecurrence } from "./linear-recurrence.js";

export interface InterlacedShape {
  /** T, the least that will do. */
  readonly period: number;
  /** m, the least with C | (1 - x^T)^m: the degrees are at most m - 1. */
  readonly multiplicity: number;
  /** Terms before the first that follows the rule: L - deg C. */
  readonly prePeriod: number;
}

/**
 * The shape of a sequence with this recurrence, or undefined if no period up to `maxPeriod` fits.
 * @param maxPeriod default 4 deg C + 4
 */
export function interlacedShape(
  { connection, complexity }: LinearRecurrence,
  maxPeriod = 4 * connection.length,
): InterlacedShape | undefined {
  const degree = connection.length - 1;
  const prePeriod = complexity - degree;
  if (degree === 0) return { period: 1, multiplicity: 0, prePeriod };
  // All roots must be roots of unity: those of 1 - x^T have constant and leading coefficients 1 or -1.
  const leading = connection[degree] as bigint;
  if (leading !== 1n && leading !== -1n) return undefined;
  for (let period = 1; period <= maxPeriod; period++) {
    const multiplicity = multiplicityIn(connection, period);
    if (multiplicity !== undefined) return { period, multiplicity, prePeriod };
  }
  return undefined;
}

/** The least m <= deg C with C | (1 - x^T)^m. */
function multiplicityIn(connection: readonly bigint[], period: number): number | undefined {
  const degree = connection.length - 1;
  let power = remainder([1n], connection);
  for (let m = 1; m <= degree; m++) {
    const next = [...power, ...Array<bigint>(period).fill(0n)];
    for (const [i, c] of power.entries()) next[i + period] = (next[i + period] as bigint) - c;
    power = remainder(next, connection);
    if (power.length === 0) return m;
  }
  return undefined;
}

/** a modulo C, whose leading coefficient is 1 or -1; lowest first, trimmed. */
function remainder(a: readonly bigint[], c: readonly bigint[]): bigint[] {
  const rest = a.slice();
  const degree = c.length - 1;
  const leading = c[degree] as bigint;
  for (let i = rest.length - 1; i >= degree; i--) {
    const q = (rest[i] as bigint) * leading;
    if (q === 0n) continue;
    for (let j = 0; j <= degree; j++) rest[i - degree + j] = (rest[i - degree + j] as bigint) - q * (c[j] as bigint);
  }
  let length = Math.min(rest.length, degree);
  while (length > 0 && rest[length - 1] === 0n) length--;
  return rest.slice(0, length);
}

/**
 * P_0..P_(T-1) in the basis of binomials: a[prePeriod + T q + r] = sum over k of polynomials[r][k] binomial(q, k), which are
 * differences of the terms and therefore integers whatever the coefficients in powers of q are.
 * @param terms at least prePeriod + T m of them
 */
export function interlacedPolynomials(terms: readonly bigint[], shape: InterlacedShape): bigint[][] {
  const { period, multiplicity, prePeriod } = shape;
  if (terms.length < prePeriod + period * multiplicity) {
    throw new RangeError(`terms are ${terms.length}, expected ${prePeriod + period * multiplicity} or more`);
  }
  return Array.from({ length: period }, (_, r) => {
    let row = Array.from({ length: multiplicity }, (_, q) => terms[prePeriod + period * q + r] as bigint);
    const differences: bigint[] = [];
    while (row.length > 0) {
      differences.push(row[0] as bigint);
      row = row.slice(1).map((value, i) => value - (row[i] as bigint));
    }
    while (differences.length > 0 && differences.at(-1) === 0n) differences.pop();
    return differences;
  });
}
