/** The kernels of exact arithmetic: what long integers and residues run on where native BigInt is weak. */
import { load } from "#wasm/exact";
import { UnsupportedError } from "../backends/contract.js";
import type { WasmBackend } from "../backends/wasm/backend.js";
import type { KernelGroup, WasmRun } from "../backends/wasm/group.js";
import type { Engine } from "../engine/engine.js";
import type { ExactKernels as ExactExports } from "../generated/kernels/exact.js";

export const exactGroup: KernelGroup<ExactExports> = { name: "exact", load };

/** Given as `{ kernels }` to functions of `wavefold/exact`; good as long as its engine. */
export class ExactKernels {
  readonly #backend: WasmBackend;
  readonly #tables = new Map<string, { ptr: number; words: number }>();

  /** @internal see openExact */
  constructor(backend: WasmBackend) {
    this.#backend = backend;
  }

  /**
   * Runs kernels over scratch memory that ends with the call.
   * @param where the function, for errors
   */
  run<T>(where: string, body: (w: WasmRun<ExactExports>) => T): T {
    let result: T | undefined;
    this.#backend.run(exactGroup, where, (w) => {
      result = body(w);
    });
    return result as T;
  }

  /**
   * Address of a table of at least `words` u32 that stays as long as the engine; filled anew when it has to grow. Ask for it
   * before views of the memory are taken.
   * @internal
   */
  table(name: string, words: number, fill: (kernels: ExactExports, table: Uint32Array, ptr: number) => void): number {
    const kept = this.#tables.get(name);
    if (kept && kept.words >= words) return kept.ptr;
    const ptr = this.#backend.allocate(words * 4, name);
    if (kept) this.#backend.release(kept.ptr);
    this.#tables.set(name, { ptr, words });
    this.run(name, ({ kernels }) => {
      const { buffer, byteOffset } = this.#backend.bytes(ptr, words * 4);
      fill(kernels, new Uint32Array(buffer, byteOffset, words), ptr);
    });
    return ptr;
  }
}

/** The option of every function that has kernels; without it the same answer comes from plain BigInt. */
export interface ExactOptions {
  readonly kernels?: ExactKernels | undefined;
}

/**
 * Loads the kernel group `exact` into an engine's memory.
 * @throws UnsupportedError for an engine in a worker: open it there
 */
export async function openExact(engine: Engine): Promise<ExactKernels> {
  if (!engine?.wasm) throw new UnsupportedError("openExact", "needs an engine of this thread, with its own memory");
  await engine.wasm.load(exactGroup);
  return new ExactKernels(engine.wasm);
}
