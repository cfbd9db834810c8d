import { InputError } from "../../backends/contract.js";
import { bitLength } from "../integers/limbs.js";

/**
 * The largest r with r^2 <= n. The root of the leading half of the digits, itself found this way, is good to half of the
 * result's bits, so that each level costs one division. @throws InputError for a negative n
 */
export function integerSquareRoot(n: bigint): bigint {
  if (n < 0n) throw new InputError("integerSquareRoot", "n", "is negative");
  if (n < 1n << 52n) return BigInt(Math.floor(Math.sqrt(Number(n))));
  // An even shift that drops a quarter of the bits twice leaves a root with half of the bits.
  const shift = BigInt((bitLength(n) - 1) >> 2);
  let root = (integerSquareRoot(n >> (2n * shift)) + 1n) << shift;
  // From above, Newton's step falls until it reaches the floor.
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
