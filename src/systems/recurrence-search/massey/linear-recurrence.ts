/** What Berlekamp-Massey returns, and the two ways in which others write the same polynomial. */
import { modulo } from "./prime-field.js";

/**
 * sum of connection[j] a[n-j] over j = 0..k is 0 for every n >= complexity. connection[0] = 1 and the last entry is not 0, so
 * the first complexity - k terms obey nothing: they are a pre-period.
 */
export interface LinearRecurrence {
  readonly connection: readonly bigint[];
  /** L, the linear complexity: how many terms start the sequence. The only recurrence of its length once there are 2 L terms. */
  readonly complexity: number;
}

/** Monic of degree L, lowest coefficient first: x^L C(1/x), as FLINT, NTL and Sage have it. */
export function minimalPolynomial({ connection, complexity }: LinearRecurrence): bigint[] {
  return Array.from({ length: complexity + 1 }, (_, i) => connection[complexity - i] ?? 0n);
}

/** Residues in (-p/2, p/2]. */
export function symmetric(connection: readonly bigint[], p: bigint): bigint[] {
  return connection.map((c) => (2n * modulo(c, p) > p ? modulo(c, p) - p : modulo(c, p)));
}

/** Without trailing zeros. */
export function trimmed(polynomial: readonly bigint[]): bigint[] {
  let length = polynomial.length;
  while (length > 0 && polynomial[length - 1] === 0n) length--;
  return polynomial.slice(0, length);
}
