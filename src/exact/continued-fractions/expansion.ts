/** Certified terms of a real number: those on which both ends of an enclosure agree. */
import { InputError } from "../../backends/contract.js";
import type { Enclosure } from "../constants/enclosure.js";
import { ceilDivide, floorDivide } from "../rational.js";

export interface Expansion {
  /** Only certain terms: a_n is the floor of what is left over a numerator of 1, the ceiling over -1. */
  readonly a: readonly bigint[];
  /** The numerators that were used, one per term: signs[n mod length]. */
  readonly b: readonly bigint[];
  /** What ended it: the limit, the digits, or the number itself, which is then rational and equal to the fraction. */
  readonly end: "limit" | "digits" | "rational";
}

/**
 * @param signs numerators 1 or -1, repeated: [1n] gives the simple continued fraction
 * @throws InputError for no signs, others than 1 and -1, or a limit that is no positive integer
 */
export function expandEnclosure(x: Enclosure, limit: number, signs: readonly bigint[] = [1n]): Expansion {
  if (signs.length === 0 || !signs.every((s) => s === 1n || s === -1n))
    throw new InputError("expandEnclosure", "signs", "must be one or more of 1n and -1n");
  if (!Number.isInteger(limit) || limit < 1)
    throw new InputError("expandEnclosure", "limit", `is ${limit}, expected a positive integer`);
  const [a, b] = [[] as bigint[], [] as bigint[]];
  const scale = 1n << BigInt(x.bits);
  const point = x.lo === x.hi;
  let [u, v, w, z] = [x.lo, scale, x.hi, scale];
  while (a.length < limit) {
    const sign = signs[a.length % signs.length] as bigint;
    const integer = sign > 0n ? floorDivide : ceilDivide;
    const term = integer(u, v);
    if (term !== integer(w, z)) return { a, b, end: "digits" };
    const [left, right] = [u - term * v, w - term * z];
    // A remainder of 0 at one end only: the next term may be anything.
    if (!point && (left === 0n || right === 0n)) return { a, b, end: "digits" };
    a.push(term);
    if (left === 0n) return { a, b, end: "rational" };
    b.push(sign);
    [u, v] = left > 0n ? [sign * v, left] : [-sign * v, -left];
    [w, z] = right > 0n ? [sign * z, right] : [-sign * z, -right];
  }
  return { a, b: b.slice(0, a.length), end: "limit" };
}
