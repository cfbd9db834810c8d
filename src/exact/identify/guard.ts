/** The guard against overfitting: enough coefficients fit any number to a few digits. */
import { bitLength } from "../integers/limbs.js";

export interface Evidence {
  /** Significant digits that the search saw; the relation had to predict the held-out ones after them. */
  readonly digitsUsed: number;
  readonly digitsHeldOut: number;
  /** Decimal digits of the coefficients that are not 0, together. */
  readonly coefficientDigits: number;
  /** Bits used / (number of coefficients that are not 0 + their bit lengths): 1 is what chance reaches, 2 is asked by default. */
  readonly informationRatio: number;
}

export function weigh(coefficients: readonly bigint[], digitsUsed: number, digitsHeldOut: number): Evidence {
  const present = coefficients.filter((c) => c !== 0n);
  const cost = present.reduce((sum, c) => sum + 1 + bitLength(c), 0);
  const coefficientDigits = present.reduce((sum, c) => sum + String(c < 0n ? -c : c).length, 0);
  // Two decimals: the ratio is a verdict, not a measurement.
  const informationRatio = Math.round((100 * digitsUsed * Math.log2(10)) / cost) / 100;
  return { digitsUsed, digitsHeldOut, coefficientDigits, informationRatio };
}

/** Why the evidence is too weak, or undefined. */
export function weakness(
  { digitsUsed, coefficientDigits, informationRatio }: Evidence,
  minRatio: number,
): string | undefined {
  if (informationRatio < minRatio) return `the information ratio is ${informationRatio}, below ${minRatio}`;
  if (digitsUsed < 2 * coefficientDigits)
    return `${digitsUsed} digits for coefficients of ${coefficientDigits} digits, fewer than twice as many`;
  return undefined;
}
