/** Integer relations: what PSLQ and LLL take and give alike. */
import { InputError } from "../backends/contract.js";
import type { Enclosure } from "./constants/enclosure.js";

export interface RelationOptions {
  /** No relation with a larger coefficient is returned. Default 1000. */
  readonly maxCoefficient?: bigint;
  /** PSLQ gives up after so many exchanges. Default 10,000. */
  readonly maxSteps?: number;
}

export type Relation =
  | {
      /** Integers without a common factor, the last one that is not 0 being positive, with sum of c[i] x[i] = 0 as far as is known. */
      readonly coefficients: readonly bigint[];
      readonly reason?: undefined;
    }
  | { readonly coefficients?: undefined; readonly reason: string };

/**
 * Reasons why no relation can be looked for, or undefined: an entry that may be 0 makes a relation of itself.
 * @throws InputError for fewer than two values or unequal precisions
 */
export function obstacle(op: string, values: readonly Enclosure[]): string | undefined {
  if (values.length < 2) throw new InputError(op, "values", `has length ${values.length}, expected at least 2`);
  const [first] = values as [Enclosure];
  for (const { lo, hi, bits } of values) {
    if (typeof lo !== "bigint" || typeof hi !== "bigint" || bits !== first.bits)
      throw new InputError(op, "values", "must be enclosures with the same number of bits");
    if (lo <= 0n && hi >= 0n) return "an entry is 0, or too small for its precision";
  }
  return undefined;
}

/** Whether sum c[i] x[i] may be 0: exact integers, outward. */
export function mayVanish(coefficients: readonly bigint[], values: readonly Enclosure[]): boolean {
  let [low, high] = [0n, 0n];
  for (const [i, { lo, hi }] of values.entries()) {
    const c = coefficients[i] as bigint;
    low += c * (c < 0n ? hi : lo);
    high += c * (c < 0n ? lo : hi);
  }
  return low <= 0n && high >= 0n;
}

/** The same relation in its one form: primitive, the last coefficient that is not 0 positive. */
export function normalized(coefficients: readonly bigint[]): bigint[] {
  let common = 0n;
  for (const c of coefficients) {
    let [a, b] = [common, c < 0n ? -c : c];
    while (b !== 0n) [a, b] = [b, a % b];
    common = a;
  }
  if (common === 0n) return [...coefficients];
  const last = coefficients.findLast((c) => c !== 0n) as bigint;
  return coefficients.map((c) => c / (last < 0n ? -common : common));
}

/** The largest absolute value. */
export function largestOf(values: readonly bigint[]): bigint {
  let most = 0n;
  for (const v of values) {
    const size = v < 0n ? -v : v;
    if (size > most) most = size;
  }
  return most;
}
