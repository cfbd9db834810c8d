/** The kernel group of the search for recurrences. */
import { load } from "#wasm/recurrence-search";
import { UnsupportedError } from "../../backends/contract.js";
import type { WasmBackend } from "../../backends/wasm/backend.js";
import type { KernelGroup, WasmRun } from "../../backends/wasm/group.js";
import type { Engine } from "../../engine/engine.js";
import type { RecurrenceSearchKernels } from "../../generated/kernels/recurrence-search.js";

export const recurrenceSearchGroup: KernelGroup<RecurrenceSearchKernels> = { name: "recurrence-search", load };

/** Given as `{ kernels }` to functions of `wavefold/recurrence-search`; good as long as its engine. */
export class SearchKernels {
  readonly #backend: WasmBackend;

  /** @internal see openRecurrenceSearch */
  constructor(backend: WasmBackend) {
    this.#backend = backend;
  }

  /** Runs kernels over scratch memory that ends with the call. */
  run<T>(where: string, body: (w: WasmRun<RecurrenceSearchKernels>) => T): T {
    let result: T | undefined;
    this.#backend.run(recurrenceSearchGroup, where, (w) => {
      result = body(w);
    });
    return result as T;
  }
}

/** The option of every function that has kernels; without it the same answer comes from plain BigInt. */
export interface SearchOptions {
  readonly kernels?: SearchKernels | undefined;
}

/**
 * Loads the kernel group `recurrence-search` into an engine's memory.
 * @throws UnsupportedError for an engine in a worker: open it there
 */
export async function openRecurrenceSearch(engine: Engine): Promise<SearchKernels> {
  if (!engine?.wasm) {
    throw new UnsupportedError("openRecurrenceSearch", "needs an engine of this thread, with its own memory");
  }
  await engine.wasm.load(recurrenceSearchGroup);
  return new SearchKernels(engine.wasm);
}
