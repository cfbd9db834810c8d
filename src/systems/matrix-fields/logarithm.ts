/**
 * Logarithms of long integers, in additions, multiplications and divisions of doubles alone: those round the same
 * everywhere, Math.log need not, and the classifier's verdicts must not depend on the host.
 */

import { bitLength } from "../../exact/integers/limbs.js";

export const LN2 = 0.6931471805599453;

/** ln |x| to about 1e-15 of its size; -Infinity for 0. */
export function logOfInteger(x: bigint): number {
  const size = x < 0n ? -x : x;
  if (size === 0n) return Number.NEGATIVE_INFINITY;
  const bits = bitLength(size);
  const top = bits > 60 ? Number(size >> BigInt(bits - 60)) * 2 ** -60 : Number(size) * 2 ** -bits;
  return bits * LN2 + logOfFraction(top);
}

/** ln of 1/2 <= x <= 1 by atanh: ln x = 2 atanh((x - 1) / (x + 1)), whose argument is at most 1/3. */
function logOfFraction(x: number): number {
  const z = (x - 1) / (x + 1);
  const square = z * z;
  let sum = 0;
  for (let k = 33; k >= 1; k -= 2) sum = sum * square + 1 / k;
  return 2 * z * sum;
}
