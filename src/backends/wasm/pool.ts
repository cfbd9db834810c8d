/**
 * Runs many independent kernel calls on several threads. The calling thread takes part, so the pool is never slower
 * than no pool by more than a few atomics, and workers that are still starting cost nothing: they join when ready.
 */
import { KernelError } from "../contract.js";
import type { Host, PoolWorker } from "../host/contract.js";
import type { Arena } from "./arena.js";
import type { LinearMemory } from "./memory.js";
import {
  argumentCapacity,
  argumentsOffset,
  controlBytes,
  drain,
  type KernelFunction,
  kernelTable,
  word,
} from "./pool-protocol.js";

/** The caller sleeps after this many looks at `inside`; the last calls of a batch usually end together. */
const spins = 20000;

export class ThreadPool {
  readonly #host: Host;
  readonly #memory: LinearMemory;
  readonly #controlPtr: number;
  readonly #control: Int32Array;
  readonly #args: Float64Array;
  readonly #modules: WebAssembly.Module[] = [];
  readonly #tables: KernelFunction[][] = [];
  readonly #names: Map<string, number>[] = [];
  readonly #workerCount: number;
  #workers: PoolWorker[] = [];
  #ready = 0;
  #whenReady: (() => void)[] = [];
  #generation = 0;

  constructor(host: Host, memory: LinearMemory, arena: Arena, threads: number) {
    this.#host = host;
    this.#memory = memory;
    this.#workerCount = threads - 1;
    this.#controlPtr = arena.allocate(controlBytes, "createEngine");
    this.#control = new Int32Array(memory.memory.buffer, this.#controlPtr, 16).fill(0);
    this.#args = new Float64Array(memory.memory.buffer, this.#controlPtr + argumentsOffset, argumentCapacity);
  }

  /** Makes a group's kernels callable; returns the index that `run` takes. */
  add(module: WebAssembly.Module, exports: WebAssembly.Exports): number {
    const { names, functions } = kernelTable(exports);
    const index = this.#modules.push(module) - 1;
    this.#tables.push(functions);
    this.#names.push(new Map(names.map((name, at) => [name, at])));
    Atomics.store(this.#control, word.loads, this.#modules.length);
    if (this.#workers.length > 0) {
      // Wake the sleepers without opening a batch: they find themselves a group behind and go to fetch it.
      Atomics.store(this.#control, word.generation, ++this.#generation);
      Atomics.notify(this.#control, word.generation);
      for (const worker of this.#workers) worker.post({ index, module });
    }
    return index;
  }

  /** Every call once, in any order, on any thread. All argument lists have the same length. */
  run(group: number, name: string, calls: readonly (readonly number[])[]): void {
    const fn = this.#names[group]?.get(name);
    if (fn === undefined) throw new KernelError(name, "is not an export of its kernel group");
    const argc = calls[0]?.length ?? 0;
    const perBatch = Math.max(1, Math.floor(argumentCapacity / Math.max(1, argc)));
    if (calls.length > 1) this.start();
    for (let first = 0; first < calls.length; first += perBatch) {
      this.#batch(group, fn, argc, calls.slice(first, first + perBatch), name);
    }
  }

  /** Starts the workers if they do not run; does not wait for them. */
  start(): void {
    if (this.#workers.length > 0 || !this.#host.spawnWorker) return;
    for (let i = 0; i < this.#workerCount; i++) {
      const worker = this.#host.spawnWorker();
      let loads = 0;
      worker.onMessage(() => {
        if (++loads === this.#modules.length) this.#workerReady();
      });
      // A worker that cannot start leaves its share to the others.
      worker.onError(() => this.#workerReady());
      worker.post({ memory: this.#memory.memory, controlPtr: this.#controlPtr });
      for (const [index, module] of this.#modules.entries()) worker.post({ index, module });
      this.#workers.push(worker);
    }
  }

  /** Resolves when every worker takes calls: benchmarks and warm-up wait for it, nothing else needs to. */
  async ready(): Promise<void> {
    this.start();
    if (this.#ready >= this.#workerCount) return;
    await new Promise<void>((resolve) => this.#whenReady.push(resolve));
  }

  destroy(): void {
    for (const worker of this.#workers) worker.terminate();
    this.#workers = [];
  }

  #workerReady(): void {
    if (++this.#ready >= this.#workerCount) for (const resolve of this.#whenReady.splice(0)) resolve();
  }

  #batch(group: number, fn: number, argc: number, calls: readonly (readonly number[])[], name: string): void {
    const control = this.#control;
    for (const [index, call] of calls.entries()) this.#args.set(call, index * argc);
    control[word.group] = group;
    control[word.fn] = fn;
    control[word.argc] = argc;
    control[word.count] = calls.length;
    Atomics.store(control, word.next, 0);
    Atomics.store(control, word.failed, 0);
    const generation = ++this.#generation;
    Atomics.store(control, word.open, generation);
    Atomics.store(control, word.generation, generation);
    if (this.#ready > 0 && calls.length > 1) Atomics.notify(control, word.generation);
    try {
      drain(control, this.#args, this.#tables);
    } finally {
      Atomics.store(control, word.open, 0);
      this.#awaitWorkers();
    }
    if (Atomics.load(control, word.failed)) throw new KernelError(name, "trapped on a pool thread");
  }

  #awaitWorkers(): void {
    const control = this.#control;
    for (let i = 0; i < spins; i++) if (Atomics.load(control, word.inside) === 0) return;
    for (;;) {
      const inside = Atomics.load(control, word.inside);
      if (inside === 0) return;
      Atomics.wait(control, word.inside, inside);
    }
  }
}
