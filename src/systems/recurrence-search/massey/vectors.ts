/** One recurrence for all components of a sequence of vectors. */
import type { SearchOptions } from "../kernels.js";
import { berlekampMassey } from "./berlekamp-massey.js";
import type { LinearRecurrence } from "./linear-recurrence.js";
import { checkedPrime, checkedTerms, mersenne31, modulo } from "./prime-field.js";

export interface VectorOptions extends SearchOptions {
  /** Default 2^31 - 1. A small one may leave no projection that sees every component. */
  readonly prime?: bigint | number;
}

/**
 * The shortest recurrence over GF(p) that all components obey: that of a projection to one number per vector, which is the
 * common one for all but a share L / p of the projections (Wiedemann 1986), checked on every component.
 * @param vectors all of one length >= 1
 * @throws RangeError for vectors of different lengths, or when no projection of 64 served all components
 */
export function vectorRecurrence(
  vectors: readonly (readonly (bigint | number)[])[],
  { prime = mersenne31, kernels }: VectorOptions = {},
): LinearRecurrence {
  const p = checkedPrime(prime);
  const width = vectors[0]?.length ?? 0;
  const rows = vectors.map((vector, n) => {
    if (vector.length !== width) throw new RangeError(`vector ${n} has ${vector.length} entries, expected ${width}`);
    return checkedTerms(vector).map((entry) => modulo(entry, p));
  });
  for (let attempt = 0n; attempt < 64n; attempt++) {
    const weights = Array.from({ length: width }, (_, i) => weight(attempt * BigInt(width) + BigInt(i), p));
    const projected = rows.map((row) => row.reduce((sum, entry, i) => sum + entry * (weights[i] as bigint), 0n) % p);
    const found = berlekampMassey(projected, { prime: p, kernels });
    if (obeyed(rows, found, p)) return found;
  }
  throw new RangeError(`no projection over GF(${p}) keeps all components apart; take a larger prime`);
}

/** The same everywhere, and different enough from one to the next. */
function weight(index: bigint, p: bigint): bigint {
  return 1n + (((((index + 1n) * 0x9e3779b97f4a7c15n) % (1n << 64n)) >> 3n) % (p - 1n || 1n));
}

function obeyed(rows: readonly bigint[][], { connection, complexity }: LinearRecurrence, p: bigint): boolean {
  for (let n = complexity; n < rows.length; n++) {
    for (let i = 0; i < (rows[n] as bigint[]).length; i++) {
      const sum = connection.reduce((total, c, j) => total + c * ((rows[n - j] as bigint[])[i] as bigint), 0n);
      if (sum % p !== 0n) return false;
    }
  }
  return true;
}
