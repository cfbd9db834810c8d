/** The shortest linear recurrence of a sequence over GF(p). */
import type { SearchKernels, SearchOptions } from "../kernels.js";
import { GrowingSequence } from "./growing-sequence.js";
import { type LinearRecurrence, trimmed } from "./linear-recurrence.js";
import { checkedPrime, checkedTerms, modulo } from "./prime-field.js";

export interface MasseyOptions extends SearchOptions {
  /** A prime below 2^61; kernels take those below 2^31. */
  readonly prime: bigint | number;
}

/**
 * Berlekamp-Massey: C with sum over j of C_j a[n-j] = 0 for n >= L, of least L, in O(N L). Empty: L = 0, C = [1].
 * The result is the same with kernels and without.
 * @param sequence integers of any size and sign
 * @throws TypeError for a term that is no integer; RangeError for a modulus that is no prime
 */
export function berlekampMassey(
  sequence: readonly (bigint | number)[] | ArrayLike<number>,
  { prime, kernels }: MasseyOptions,
): LinearRecurrence {
  const p = checkedPrime(prime);
  const terms = checkedTerms(sequence);
  if (!kernels || p >= 1n << 31n || terms.length === 0) return new GrowingSequence(p).add(...terms).recurrence;
  if (p === 2n) return bitsOnKernels(kernels, terms);
  const residues = Uint32Array.from(terms, (term) => Number(modulo(term, p)));
  return residuesOnKernels(kernels, residues, Number(p));
}

/** The same for residues below p, a prime below 2^31: nothing is checked. */
export function residuesOnKernels(kernels: SearchKernels, residues: Uint32Array, p: number): LinearRecurrence {
  const n = residues.length;
  return kernels.run("berlekampMassey", (w) => {
    const src = w.scratch(4 * n);
    const connection = w.scratch(4 * (n + 1));
    const work = w.scratch(12 * (n + 1));
    w.bytes(src, 4 * n).set(new Uint8Array(residues.buffer, residues.byteOffset, 4 * n));
    const complexity = w.kernels.u32_massey(src, n, p, connection, work);
    const bytes = w.bytes(connection, 4 * (complexity + 1));
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, complexity + 1);
    return { connection: trimmed(Array.from(words, BigInt)), complexity };
  });
}

function bitsOnKernels(kernels: SearchKernels, terms: readonly bigint[]): LinearRecurrence {
  const n = terms.length;
  const words = (n >> 6) + 2;
  const bits = new BigUint64Array(words);
  for (const [i, term] of terms.entries())
    if (term & 1n) bits[i >> 6] = (bits[i >> 6] as bigint) | (1n << BigInt(i & 63));
  return kernels.run("berlekampMassey", (w) => {
    const src = w.scratch(8 * words);
    const out = w.scratch(8 * words);
    const work = w.scratch(24 * words);
    w.bytes(src, 8 * words).set(new Uint8Array(bits.buffer));
    const complexity = w.kernels.u64_massey_bits(src, n, out, work);
    const bytes = w.bytes(out, 8 * words);
    const connection = Array.from({ length: complexity + 1 }, (_, j) =>
      BigInt(((bytes[j >> 3] as number) >> (j & 7)) & 1),
    );
    return { connection: trimmed(connection), complexity };
  });
}
