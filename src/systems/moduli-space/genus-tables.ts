/**
 * The tables of scaled numbers in the engine's memory, genus by genus: table (g, z) holds the numbers with z zeros and no
 * ones. The recursion for a genus reads at most two zeros of the genera below it, so all other tables of a genus end with it,
 * and memory stays bounded by one genus.
 */
import { KernelError } from "../../backends/contract.js";
import type { WasmRun } from "../../backends/wasm/group.js";
import type { Engine } from "../../engine/engine.js";
import type { ModuliSpaceKernels } from "../../generated/kernels/moduli-space.js";
import { oddDoubleFactorial, scaleBits } from "./amplitude.js";
import { moduliSpaceGroup } from "./group.js";
import { countsFor, type PartitionCounts, rowCount } from "./partition-counts.js";

/** Numbers that one call of a kernel computes: the same for any number of threads. */
const callNumbers = 4096;
/** Scratch bytes that a call of a kernel takes. */
const callScratch = 8192;
/** Zeros up to which later genera read a table. */
const zerosKept = 2;

const contextBytes = 32;
const exported = "psiTable";

export interface RowValues {
  /** Words of all numbers, or logarithms. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly entries: Uint8Array<ArrayBuffer>;
  /** Per word, the sum over the row. */
  readonly wordSums: bigint[];
}

export class GenusTables {
  readonly counts: PartitionCounts;
  readonly #engine: Engine;
  readonly #chiMax: number;
  readonly #words: number;
  readonly #stride: number;
  readonly #context: number;
  readonly #tables: number;
  readonly #held: number[] = [];
  readonly #ofGenus = new Map<string, number>();

  /** @param words of a number; 0 for doubles */
  constructor(engine: Engine, chiMax: number, words: number) {
    this.#engine = engine;
    this.#chiMax = chiMax;
    this.#words = words;
    this.#stride = chiMax + 3;
    this.counts = countsFor(chiMax);
    const genera = Math.floor((chiMax + 1) / 2) + 1;
    try {
      const counts = this.#copied(this.counts.counts);
      const logs = this.#copied(doubleFactorialLogs(this.counts.side));
      this.#tables = this.#allocate(4 * genera * this.#stride);
      this.#bytes(this.#tables, 4 * genera * this.#stride).fill(0);
      const context = [counts, this.counts.side, chiMax + 2, words, this.#tables, this.#stride, 0, logs];
      this.#context = this.#copied(Uint32Array.from(context));
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  /** Fills the tables of a genus; those of the lower ones must be there. */
  fill(g: number): void {
    const zerosMost = this.#chiMax + 2 - 2 * g;
    const zerosLeast = g === 0 ? 3 : 0;
    for (let z = zerosLeast; z <= zerosMost; z++) {
      const size = this.#size(g, z);
      if (size === 0) continue;
      const table = this.#engine.wasm.allocate(Math.max(16, size * this.#numberBytes), exported);
      this.#ofGenus.set(`${g},${z}`, table);
      new Uint32Array(this.#bytes(this.#tables, 0).buffer, this.#tables, this.#stride * (g + 1))[g * this.#stride + z] =
        table;
      // <tau_0^3>_0 = 1; in genus 1 without zeros, the number that <tau_1>_1 makes of no points.
      if (z === zerosLeast && g < 2) this.#writeOne(table);
      else if (z === 0) this.#primitives(g, size);
      else this.#run("psi_string", size, (from, to, scratch) => [this.#context, g, z, from, to, scratch]);
    }
    this.#checkOverflow();
  }

  /** Row (g, n) of a genus that is filled and not yet dropped. */
  row(g: number, n: number): RowValues {
    const count = rowCount(this.counts, g, n);
    let result: RowValues | undefined;
    this.#engine.wasm.run(moduliSpaceGroup, exported, (w) => {
      const values = w.scratch(Math.max(16, count * this.#numberBytes));
      const entries = w.scratch(Math.max(16, count * n));
      const calls = ranges(count);
      const sumBytes = Math.max(8, 8 * this.#words);
      const sums = w.scratch(sumBytes * calls.length);
      const scratch = w.scratch(callScratch * calls.length);
      const shift = scaleBits(g) * Math.LN2;
      w.parallel(
        "psi_row",
        calls.map(([from, to], i) => [
          ...[this.#context, g, n, from, to],
          ...[
            values + from * this.#numberBytes,
            entries + from * n,
            sums + sumBytes * i,
            shift,
            scratch + callScratch * i,
          ],
        ]),
      );
      const wordSums = new Array<bigint>(this.#words).fill(0n);
      const all = new BigUint64Array(w.bytes(sums, sumBytes * calls.length).slice().buffer);
      for (const [i] of calls.entries()) {
        for (let word = 0; word < this.#words; word++) {
          wordSums[word] = (wordSums[word] as bigint) + (all[i * this.#words + word] as bigint);
        }
      }
      result = {
        bytes: plain(w, values, count * this.#numberBytes),
        entries: plain(w, entries, count * n),
        wordSums,
      };
    });
    this.#checkOverflow();
    return result as RowValues;
  }

  /** Ends what no later genus reads. */
  drop(g: number): void {
    for (const [key, table] of this.#ofGenus) {
      const [genus, zeros] = key.split(",").map(Number) as [number, number];
      // No constraint of genus 2 and above reads genus 0.
      if (genus === g && (genus === 0 || zeros > zerosKept)) {
        this.#engine.wasm.release(table);
        this.#ofGenus.delete(key);
      }
    }
  }

  destroy(): void {
    for (const ptr of [...this.#held.splice(0), ...this.#ofGenus.values()]) this.#engine.wasm.release(ptr);
    this.#ofGenus.clear();
  }

  get #numberBytes(): number {
    return this.#words === 0 ? 8 : 4 * this.#words;
  }

  #size(g: number, z: number): number {
    return this.counts.count(this.#chiMax + 2 - 2 * g - z, 3 * g - 3 + z);
  }

  #writeOne(table: number): void {
    const bytes = this.#bytes(table, this.#numberBytes).fill(0);
    if (this.#words === 0) new Float64Array(bytes.buffer, bytes.byteOffset, 1)[0] = 1;
    else bytes[0] = 1;
  }

  /** By the number of points: those of n read those of n - 1. */
  #primitives(g: number, size: number): void {
    const most = Math.min(3 * g - 3, this.#chiMax + 2 - 2 * g);
    for (let n = 1; n <= most; n++) {
      this.#run("psi_primitive", size, (from, to, scratch) => [this.#context, g, n, from, to, scratch]);
    }
  }

  #run(
    name: "psi_string" | "psi_primitive",
    size: number,
    call: (from: number, to: number, scratch: number) => number[],
  ): void {
    const calls = ranges(size);
    this.#engine.wasm.run(moduliSpaceGroup, exported, (w) => {
      const scratch = w.scratch(callScratch * calls.length);
      w.parallel(
        name,
        calls.map(([from, to], i) => call(from, to, scratch + callScratch * i)),
      );
    });
  }

  #checkOverflow(): void {
    const flags = this.#bytes(this.#context, contextBytes);
    if (flags[24] !== 0) throw new KernelError(exported, `a number needs more than ${this.#words} words of 32 bits`);
  }

  #copied(data: Uint32Array | Float64Array): number {
    const ptr = this.#allocate(data.byteLength);
    this.#bytes(ptr, data.byteLength).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return ptr;
  }

  #allocate(bytes: number): number {
    const ptr = this.#engine.wasm.allocate(Math.max(16, bytes), exported);
    this.#held.push(ptr);
    return ptr;
  }

  #bytes(ptr: number, length: number): Uint8Array {
    return this.#engine.wasm.bytes(ptr, length);
  }
}

function plain(w: WasmRun<ModuliSpaceKernels>, ptr: number, length: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(length);
  copy.set(w.bytes(ptr, length));
  return copy;
}

function ranges(size: number): [from: number, to: number][] {
  const calls: [number, number][] = [];
  for (let from = 0; from < size; from += callNumbers) calls.push([from, Math.min(size, from + callNumbers)]);
  return calls;
}

/** log((2d + 1)!!) for d < count: of the exact integer, to the last bit or so. */
function doubleFactorialLogs(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, d) => logOf(oddDoubleFactorial(d)));
}

/** The natural logarithm of a positive integer of any length. */
export function logOf(value: bigint): number {
  const shift = Math.max(0, value.toString(2).length - 64);
  return Math.log(Number(value >> BigInt(shift))) + shift * Math.LN2;
}
