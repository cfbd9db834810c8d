/** Where a left side lies when its constant lies in an enclosure. */
import type { Real } from "../../../exact/index.js";
import type { LeftSide } from "./left-sides.js";
import type { PositiveFraction } from "./partial-quotients.js";

/** A real number as the search asks for it: more bits, a narrower enclosure. */
export type Constant = Pick<Real, "name" | "enclose"> & { readonly knownBits?: number };

/** Fractions with lo <= |P(c)/Q(c)| <= hi, or undefined while the enclosure lets P or Q be 0. */
export function boundsOf(
  { numerator, denominator }: LeftSide,
  constant: Constant,
  bits: number,
): { lo: PositiveFraction; hi: PositiveFraction } | undefined {
  const ends = constant.enclose(bits);
  const degree = Math.max(numerator.length, denominator.length) - 1;
  const p = evaluate(numerator, ends, degree);
  const q = evaluate(denominator, ends, degree);
  if (!p || !q) return undefined;
  return { lo: { num: p[0], den: q[1] }, hi: { num: p[1], den: q[0] } };
}

/** |p(c)| times 2^(bits degree), from interval arithmetic; undefined when 0 is among the values. */
function evaluate(
  p: readonly bigint[],
  { lo, hi, bits }: { lo: bigint; hi: bigint; bits: number },
  degree: number,
): [bigint, bigint] | undefined {
  let [low, high] = [0n, 0n];
  for (let i = p.length - 1; i >= 0; i--) {
    const products = [low * lo, low * hi, high * lo, high * hi].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const shifted = (p[i] as bigint) << BigInt(bits * (p.length - 1 - i));
    low = (products[0] as bigint) + shifted;
    high = (products[3] as bigint) + shifted;
  }
  const scale = BigInt(bits * (degree - (p.length - 1)));
  if (low > 0n) return [low << scale, high << scale];
  if (high < 0n) return [-high << scale, -low << scale];
  return undefined;
}
