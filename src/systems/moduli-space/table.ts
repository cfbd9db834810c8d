/**
 * Every intersection number with 2g - 2 + n <= chiMax, row by row: a row is all d of n points in genus g, in ascending
 * lexicographic order of d descending, so that the place of a d follows from counts of partitions.
 *
 * The numbers are exact - G = 2^(4g-1) (2 d1 + 1)!! ... (2 dn + 1)!! <tau_d>_g (2^0 in genus 0) as integers of a fixed count
 * of 32-bit words - or natural logarithms of <tau_d>_g as doubles, off by 2e-13 at most up to chi 40.
 */
import { InputError, UnsupportedError } from "../../backends/contract.js";
import type { Engine } from "../../engine/engine.js";
import type { Rational } from "../../exact/rational.js";
import { fromScaled, leadingBits } from "./amplitude.js";
import { checkEntries, genusOf, sumOf } from "./entries.js";
import { GenusTables } from "./genus-tables.js";
import { moduliSpaceGroup } from "./group.js";
import { countsFor, type PartitionCounts, rowCount, rowsUpTo } from "./partition-counts.js";

/** 752,812,421 numbers. Ranks stay far below 2^31. */
export const largestChi = 60;

export type PsiValues = "exact" | "log";

export interface PsiTableOptions {
  /** Largest 2g - 2 + n, 1 to 60. */
  readonly chiMax: number;
  /** @default "exact" */
  readonly values?: PsiValues;
  /** Rows that need not be made, such as those that a file has already. */
  readonly skip?: (g: number, n: number) => boolean;
  readonly signal?: AbortSignal;
  /** Called after each row. */
  readonly onProgress?: (numbers: number, ofNumbers: number) => void;
}

export interface PsiRow {
  readonly g: number;
  readonly n: number;
  readonly count: number;
  readonly values: PsiValues;
  /** 32-bit words of an exact number; 0 for logarithms. */
  readonly words: number;
  /** d descending, n bytes for each number. */
  readonly entries: Uint8Array<ArrayBuffer>;
  /** `words` words for each number, the lowest first; empty for logarithms. */
  readonly scaled: Uint32Array<ArrayBuffer>;
  /** Natural logarithms; empty for exact numbers. */
  readonly logs: Float64Array<ArrayBuffer>;
  /** Per word, the sum over the row: what checksums are made of. */
  readonly wordSums: readonly bigint[];
}

export interface PsiTableSize {
  readonly numbers: number;
  /** Words of an exact number. */
  readonly words: number;
  /** Most bytes that the computation holds at a time, in the engine's memory. */
  readonly workingBytes: number;
  /** Bytes of all numbers, with their entries. */
  readonly totalBytes: number;
}

/** What a table takes, without making it. @throws InputError when chiMax is not an integer from 1 to 60 */
export function psiTableSize({ chiMax, values = "exact" }: PsiTableOptions): PsiTableSize {
  checkTable(chiMax, values);
  const words = wordsFor(chiMax);
  const bytes = values === "exact" ? 4 * words : 8;
  const counts = countsFor(chiMax);
  let [numbers, totalBytes, kept, workingBytes] = [0, 0, 0, 0];
  for (let g = 0; 2 * g - 1 <= chiMax; g++) {
    let [ofGenus, longestRow] = [0, 0];
    for (let z = g === 0 ? 3 : 0; z <= chiMax + 2 - 2 * g; z++) {
      const size = counts.count(chiMax + 2 - 2 * g - z, 3 * g - 3 + z) * bytes;
      ofGenus += size;
      if (g > 0 && z <= 2) kept += size;
    }
    for (let n = Math.max(1, 3 - 2 * g); 2 * g - 2 + n <= chiMax; n++) {
      const count = rowCount(counts, g, n);
      numbers += count;
      totalBytes += count * (bytes + n);
      longestRow = Math.max(longestRow, count * (bytes + n));
    }
    workingBytes = Math.max(workingBytes, kept + ofGenus + longestRow);
  }
  return { numbers, words, workingBytes: workingBytes + counts.counts.byteLength, totalBytes };
}

function checkTable(chiMax: number, values: PsiValues): void {
  if (!(Number.isSafeInteger(chiMax) && chiMax >= 1)) {
    throw new InputError("psiTable", "chiMax", `is ${String(chiMax)}, not an integer >= 1`);
  }
  if (values !== "exact" && values !== "log") {
    throw new InputError("psiTable", "values", `is ${String(values)}, not "exact" or "log"`);
  }
  if (chiMax > largestChi) {
    throw new UnsupportedError(
      "psiTable",
      `chi up to ${chiMax} is beyond the limit of ${largestChi}, 752,812,421 numbers`,
    );
  }
}

/**
 * Words that hold every number up to chi. The largest of a chi has the fewest points and all of its dimension in one entry
 * (seen for every chi up to 40): G of (3g - 2) or of (3g - 1, 0), which the leading form of large genus gives exactly.
 */
function wordsFor(chiMax: number): number {
  const g = Math.floor((chiMax + 1) / 2);
  return Math.max(1, Math.ceil((leadingBits(g, chiMax + 2 - 2 * g) + 2) / 32));
}

/**
 * The rows with 2g - 2 + n <= chiMax, by genus and then by points, in memory that is bounded by one genus.
 * @throws InputError or UnsupportedError for chiMax, OutOfMemoryError before anything is done when the engine cannot hold it
 */
export async function* psiRows(engine: Engine, options: PsiTableOptions): AsyncGenerator<PsiRow, void, undefined> {
  const { chiMax, values = "exact", skip, signal, onProgress } = options;
  const { numbers, words, workingBytes } = psiTableSize(options);
  await engine.wasm.load(moduliSpaceGroup);
  // The whole of it once, so that what cannot be held is said now and not after an hour.
  engine.wasm.release(engine.wasm.allocate(workingBytes, "psiTable"));
  const tables = new GenusTables(engine, chiMax, values === "exact" ? words : 0);
  try {
    let done = 0;
    let filled = -1;
    for (const { g, n } of rowsUpTo(chiMax)) {
      signal?.throwIfAborted();
      if (g !== filled) {
        if (filled >= 0) tables.drop(filled);
        tables.fill(g);
        filled = g;
      }
      const count = rowCount(tables.counts, g, n);
      done += count;
      if (!skip?.(g, n)) {
        const { bytes, entries, wordSums } = tables.row(g, n);
        const scaled = values === "exact" ? new Uint32Array(bytes.buffer) : new Uint32Array(0);
        const logs = values === "log" ? new Float64Array(bytes.buffer) : new Float64Array(0);
        yield { g, n, count, values, words: values === "exact" ? words : 0, entries, scaled, logs, wordSums };
      }
      onProgress?.(done, numbers);
    }
  } finally {
    tables.destroy();
  }
}

/** All rows in memory. */
export async function psiTable(engine: Engine, options: PsiTableOptions): Promise<PsiTable> {
  const rows: PsiRow[] = [];
  for await (const row of psiRows(engine, options)) rows.push(row);
  return new PsiTable(options.chiMax, rows);
}

export class PsiTable {
  readonly #byKey: ReadonlyMap<string, PsiRow>;
  readonly #counts: PartitionCounts;

  constructor(
    readonly chiMax: number,
    readonly rows: readonly PsiRow[],
  ) {
    this.#counts = countsFor(chiMax);
    this.#byKey = new Map(rows.map((row) => [`${row.g},${row.n}`, row]));
  }

  get size(): number {
    return this.rows.reduce((sum, { count }) => sum + count, 0);
  }

  row(g: number, n: number): PsiRow | undefined {
    return this.#byKey.get(`${g},${n}`);
  }

  /** Where d lies: its row and its number in it; undefined when the table does not hold it. */
  find(d: ArrayLike<number>): { row: PsiRow; index: number } | undefined {
    const entries = checkEntries("find", d);
    const g = genusOf(entries);
    const row = g === undefined ? undefined : this.row(g, entries.length);
    return row && { row, index: this.#counts.rank(entries, sumOf(entries), row.n) };
  }

  /** <tau_d>_g of an exact table; undefined when it does not hold it. */
  get(d: ArrayLike<number>): Rational | undefined {
    const found = this.find(d);
    return found && numberAt(found.row, found.index);
  }
}

/** d of number i of a row, descending. @throws InputError outside the row */
export function entriesAt(row: PsiRow, i: number): number[] {
  if (!(Number.isInteger(i) && i >= 0 && i < row.count)) {
    throw new InputError("entriesAt", "i", `is ${String(i)}; the row has ${row.count} numbers`);
  }
  return Array.from(row.entries.subarray(i * row.n, (i + 1) * row.n));
}

/** The scaled integer G of number i of an exact row. */
export function scaledAt({ scaled, words }: PsiRow, i: number): bigint {
  let value = 0n;
  for (let w = words - 1; w >= 0; w--) value = (value << 32n) | BigInt(scaled[i * words + w] as number);
  return value;
}

/** <tau_d>_g of number i of an exact row. @throws InputError for a row of logarithms */
export function numberAt(row: PsiRow, i: number): Rational {
  if (row.values !== "exact") throw new InputError("numberAt", "row", "holds logarithms, not exact numbers");
  return fromScaled(scaledAt(row, i), row.g, entriesAt(row, i));
}
