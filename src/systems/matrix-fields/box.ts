/** Boxes of fractions: every coefficient of a and of b has a range of its own. */
import { InputError } from "../../backends/contract.js";
import { type Fraction, fraction } from "./fraction.js";

/** The least and the greatest value of a coefficient, both in the range. */
export type Range = readonly [low: number, high: number];

/** Ranges of the coefficients, constant term first. */
export interface Box {
  readonly a: readonly Range[];
  readonly b: readonly Range[];
}

/** All fractions of these degrees with coefficients of at most `size`. */
export function cube(degreeA: number, degreeB: number, size: number): Box {
  const ranges = (degree: number): Range[] => Array.from({ length: degree + 1 }, () => [-size, size]);
  return { a: ranges(degreeA), b: ranges(degreeB) };
}

/** Coefficients are below this in size: kernels decode them as words. */
const LIMIT = 2 ** 30;
/** Coefficients of one polynomial: what fits into the parameters of a shader. */
const MAX_TERMS = 14;

/** How many polynomials the ranges hold. @throws InputError for none, too many or too large ones */
export function countOf(operation: string, argument: string, ranges: readonly Range[]): number {
  if (ranges.length === 0 || ranges.length > MAX_TERMS) {
    throw new InputError(operation, argument, `has ${ranges.length} ranges; there must be 1 to ${MAX_TERMS}`);
  }
  let count = 1;
  for (const [low, high] of ranges) {
    const whole = Number.isSafeInteger(low) && Number.isSafeInteger(high);
    if (!whole || low > high || low < -LIMIT || high > LIMIT) {
      throw new InputError(operation, argument, `has the range [${low}, ${high}]: empty, not whole, or beyond 2^30`);
    }
    count *= high - low + 1;
  }
  if (count >= LIMIT) throw new InputError(operation, argument, `holds ${count} polynomials; the limit is 2^30 - 1`);
  return count;
}

/** The coefficients with an index: digits in mixed radix, the last coefficient fastest. */
export function decodeIndex(ranges: readonly Range[], index: number): number[] {
  let rest = index;
  return ranges
    .map(([low, high]) => [low, high - low + 1] as const)
    .reverse()
    .map(([low, count]) => {
      const digit = rest % count;
      rest = (rest - digit) / count;
      return low + digit;
    })
    .reverse();
}

/** The fraction with these indices into the polynomials b and a of a box. @throws InputError when b is 0 */
export const fractionOf = (box: Box, b: number, a: number): Fraction =>
  fraction(decodeIndex(box.a, a), decodeIndex(box.b, b));
