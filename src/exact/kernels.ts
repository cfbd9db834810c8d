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
