/** Scratch memory of a kernel call, divided into arrays of u32. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { ExactKernels as ExactExports } from "../../generated/kernels/exact.js";

export type ExactRun = WasmRun<ExactExports>;

export interface Region {
  readonly ptr: number;
  /** Good until the next scratch(). */
  readonly words: Uint32Array;
}

/** One region per count, 16-byte aligned; what they hold is left over from others. */
export function regions(w: ExactRun, counts: readonly number[]): Region[] {
  const padded = counts.map((count) => Math.max(4, (count + 3) & ~3));
  const base = w.scratch(padded.reduce((sum, count) => sum + count, 0) * 4);
  let ptr = base;
  return counts.map((count, i) => {
    const at = ptr;
    ptr += (padded[i] as number) * 4;
    const { buffer, byteOffset } = w.bytes(at, count * 4);
    return { ptr: at, words: new Uint32Array(buffer, byteOffset, count) };
  });
}
