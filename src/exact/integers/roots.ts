/** Integer square roots. */
import { InputError } from "../../backends/contract.js";
import { checkInteger } from "./gcd.js";
import { bitLength } from "./limbs.js";

/**
 * The largest s with s^2 <= n. Newton's iteration on half of the digits first, so that the last step costs as much as all
 * before it (Zimmermann's "Karatsuba square root", without the remainder).
 * @throws InputError when n < 0
 */
export function isqrt(n: bigint): bigint {
  checkInteger("isqrt", "n", n);
  if (n < 0n) throw new InputError("isqrt", "n", `must not be negative, got ${n}`);
  if (n < 2n ** 52n) return BigInt(Math.floor(Math.sqrt(Number(n))));
  // A quarter of n's bits dropped twice over: the root of what is left is right in its upper half.
  const drop = BigInt((bitLength(n) - 1) >> 2);
  let s = (isqrt(n >> (2n * drop)) + 1n) << drop;
  // From above, the iteration falls until it reaches the root.
  for (;;) {
    const next = (s + n / s) >> 1n;
    if (next >= s) return s;
    s = next;
  }
}

/** The square root of a perfect square; undefined for any other number. */
export function exactSqrt(n: bigint): bigint | undefined {
  if (n < 0n) return undefined;
  const s = isqrt(n);
  return s * s === n ? s : undefined;
}
