/**
 * Products of many factors as a balanced tree (binary splitting), so that long numbers are multiplied by long ones and the
 * host's fast multiplication pays: O(M(n) log n) instead of O(n^2).
 */
import { InputError } from "../../backends/contract.js";
import type { ExactOptions } from "../kernels.js";
import { gcdOf } from "./gcd.js";
import { bitLength } from "./limbs.js";

/** [[a, b], [c, d]] row by row. */
export type IntegerMatrix2 = readonly [a: bigint, b: bigint, c: bigint, d: bigint];

export const identityMatrix2: IntegerMatrix2 = [1n, 0n, 0n, 1n];

export function multiplyMatrix2([a, b, c, d]: IntegerMatrix2, [e, f, g, h]: IntegerMatrix2): IntegerMatrix2 {
  return [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h];
}

/** So many factors are multiplied one after the other. */
const leaf = 8;

/** The product of all; 1 for none. */
export function product(values: readonly bigint[]): bigint {
  const between = (low: number, high: number): bigint => {
    if (high - low > leaf) {
      const middle = (low + high) >> 1;
      return between(low, middle) * between(middle, high);
    }
    let result = 1n;
    for (let i = low; i < high; i++) result *= values[i] as bigint;
    return result;
  };
  return between(0, values.length);
}

export interface MatrixProductOptions extends ExactOptions {
  /**
   * Divide every node that has at least so many bits by the common divisor of its entries; the result is then the product up
   * to that factor. Off by default. Worth it where the factors cancel much, as in factorial reduction.
   */
  readonly primitiveFrom?: number;
}

/**
 * at(from) at(from + 1) ... at(to - 1); the identity when from = to.
 * @param at the matrix of a step; called once for each, in order
 * @throws InputError when from and to are not integers with from <= to
 */
export function productOfMatrices(
  from: number,
  to: number,
  at: (n: number) => IntegerMatrix2,
  { primitiveFrom = Infinity, kernels }: MatrixProductOptions = {},
): IntegerMatrix2 {
  if (!Number.isSafeInteger(from)) throw new InputError("productOfMatrices", "from", `must be an integer, got ${from}`);
  if (!(Number.isSafeInteger(to) && to >= from)) {
    throw new InputError("productOfMatrices", "to", `must be an integer from ${from} up, got ${to}`);
  }
  const between = (low: number, high: number): IntegerMatrix2 => {
    if (high - low <= leaf) {
      let result = identityMatrix2;
      for (let n = low; n < high; n++) result = n === low ? at(n) : multiplyMatrix2(result, at(n));
      return result;
    }
    const middle = Math.floor((low + high) / 2);
    const left = between(low, middle);
    const whole = multiplyMatrix2(left, between(middle, high));
    return primitiveFrom < Infinity ? primitive(whole, primitiveFrom, kernels) : whole;
  };
  return between(from, to);
}

function primitive(m: IntegerMatrix2, from: number, kernels: ExactOptions["kernels"]): IntegerMatrix2 {
  if (Math.max(...m.map(bitLength)) < from) return m;
  const g = gcdOf(m, { kernels });
  return g > 1n ? [m[0] / g, m[1] / g, m[2] / g, m[3] / g] : m;
}
