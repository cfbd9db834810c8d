/** Berlekamp-Massey for many sequences of one length: a sequence to a lane, four at a time. */
import type { SearchOptions } from "../kernels.js";
import { GrowingSequence } from "./growing-sequence.js";
import { checkedPrime } from "./prime-field.js";

export interface BatchOptions extends SearchOptions {
  /** A prime above 2^16 and below 2^31. Default 2^31 - 1. */
  readonly prime?: number;
  /** Sequences of a larger complexity are given up as soon as that shows. Default: the length, which gives up none. */
  readonly limit?: number;
}

/** Results of a batch, in the order of the sequences. */
export interface BatchRecurrences {
  /** L of each sequence; limit + 1 where it is larger than the limit. */
  readonly complexities: Int32Array;
  /** Rows of limit + 1 for each sequence: the coefficients of C, 1 first; zeros for a sequence that was given up. */
  readonly connections: Uint32Array;
  readonly limit: number;
}

/**
 * @param residues [count, length], each below the prime
 * @throws RangeError for sizes, a modulus or a residue outside their range
 */
export function berlekampMasseyBatch(
  residues: Uint32Array,
  length: number,
  options: BatchOptions = {},
): BatchRecurrences {
  const { kernels } = options;
  const prime = Number(checkedPrime(options.prime ?? 2147483647));
  if (prime <= 65536 || prime >= 2 ** 31) throw new RangeError(`prime is ${prime}, expected one of 17 to 31 bits`);
  if (!Number.isInteger(length) || length < 1 || length >= 65536 || residues.length % length !== 0) {
    throw new RangeError(`length is ${length}, which does not divide ${residues.length} residues into sequences`);
  }
  const { limit = length } = options;
  if (!Number.isInteger(limit) || limit < 0 || limit > length) {
    throw new RangeError(`limit is ${limit}, expected an integer from 0 to ${length}`);
  }
  const bad = residues.findIndex((residue) => residue >= prime);
  if (bad >= 0) throw new RangeError(`residue ${bad} is ${residues[bad]}, not below ${prime}`);
  const count = residues.length / length;
  const result = {
    complexities: new Int32Array(count),
    connections: new Uint32Array(count * (limit + 1)),
    limit,
  };
  if (kernels) runLanes(residues, length, prime, kernels, result);
  else runPlain(residues, length, prime, result);
  return result;
}

/** Groups of four sequences in memory at a time. */
const groupsAtOnce = 256;

function runLanes(
  residues: Uint32Array,
  length: number,
  prime: number,
  kernels: NonNullable<SearchOptions["kernels"]>,
  { complexities, connections, limit }: BatchRecurrences,
): void {
  const count = complexities.length;
  kernels.run("berlekampMasseyBatch", (w) => {
    const most = Math.min(groupsAtOnce, Math.ceil(count / 4));
    const src = w.scratch(16 * most * length);
    const out = w.scratch(16 * most * (limit + 2));
    const work = w.scratch(16 * (3 * length + 8));
    const words = (ptr: number, size: number) => {
      const bytes = w.bytes(ptr, 4 * size);
      return new Uint32Array(bytes.buffer, bytes.byteOffset, size);
    };
    for (let first = 0; first < count; first += 4 * most) {
      const here = Math.min(4 * most, count - first);
      const groups = Math.ceil(here / 4);
      const lanes = words(src, 4 * groups * length).fill(0);
      for (let s = 0; s < here; s++) {
        const to = (s >> 2) * 4 * length + (s & 3);
        const from = (first + s) * length;
        for (let n = 0; n < length; n++) lanes[to + 4 * n] = residues[from + n] as number;
      }
      w.kernels.u32_massey_lanes(src, length, prime, limit, groups, out, work);
      const found = words(out, 4 * groups * (limit + 2));
      for (let s = 0; s < here; s++) {
        const from = (s >> 2) * 4 * (limit + 2) + (s & 3);
        const complexity = found[from] as number;
        complexities[first + s] = complexity;
        if (complexity > limit) continue;
        const to = (first + s) * (limit + 1);
        for (let j = 0; j <= complexity; j++) connections[to + j] = found[from + 4 * (j + 1)] as number;
      }
    }
  });
}

function runPlain(residues: Uint32Array, length: number, prime: number, result: BatchRecurrences): void {
  const { complexities, connections, limit } = result;
  for (let s = 0; s < complexities.length; s++) {
    const growing = new GrowingSequence(prime);
    for (let n = 0; n < length && growing.recurrence.complexity <= limit; n++) {
      growing.add(residues[s * length + n] as number);
    }
    const { connection, complexity } = growing.recurrence;
    complexities[s] = Math.min(complexity, limit + 1);
    if (complexity <= limit) connections.set(connection.map(Number), s * (limit + 1));
  }
}
