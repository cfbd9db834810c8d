/** The CPU backend: one linear memory, kernel groups instantiated over it, and perhaps a pool of threads. */
import { type Backend, type BackendMemory, KernelError, UnsupportedError } from "../contract.js";
import type { Host } from "../host/contract.js";
import { Arena } from "./arena.js";
import { hasRelaxedSimd, hasSimd } from "./features.js";
import type { KernelGroup, KernelName, WasmRun, WasmVariant } from "./group.js";
import { LinearMemory } from "./memory.js";
import { ThreadPool } from "./pool.js";

export interface WasmOptions {
  host: Host;
  /** Threads to use, the caller's included; never more than the host's parallelism. */
  threads?: number;
  /** False keeps relaxed SIMD out, so that every machine computes the same bits. */
  relaxed?: boolean;
  /** Most bytes of linear memory. */
  maxBytes: number;
}

interface LoadedGroup {
  exports: WebAssembly.Exports;
  /** Index in the pool; -1 without one. */
  index: number;
}

export class WasmBackend implements Backend {
  readonly name = "wasm";
  readonly variant: WasmVariant;
  readonly threads: number;
  readonly #memory: LinearMemory;
  readonly #arena: Arena;
  readonly #pool: ThreadPool | undefined;
  readonly #groups = new Map<KernelGroup<object>, LoadedGroup>();
  readonly #loading = new Map<KernelGroup<object>, Promise<void>>();

  constructor({ host, threads, relaxed, maxBytes }: WasmOptions) {
    if (!hasSimd()) throw new UnsupportedError("createEngine", "this host's WebAssembly has no SIMD");
    const most = host.parallelism();
    this.threads = Math.max(1, Math.min(threads ?? most, most));
    const instructions = relaxed !== false && hasRelaxedSimd() ? "relaxed" : "simd";
    const shared = this.threads > 1;
    this.variant = shared ? `${instructions}-threads` : instructions;
    this.#memory = new LinearMemory(shared, maxBytes);
    this.#arena = new Arena(this.#memory);
    if (shared) this.#pool = new ThreadPool(host, this.#memory, this.#arena, this.threads);
  }

  get description(): string {
    return `${this.variant}, ${this.threads} thread${this.threads > 1 ? "s" : ""}`;
  }

  get relaxed(): boolean {
    return this.variant.startsWith("relaxed");
  }

  memory(): BackendMemory {
    return this.#arena.usage;
  }

  resetPeak(): void {
    this.#arena.resetPeak();
  }

  allocate(bytes: number, where: string): number {
    return this.#arena.allocate(bytes, where);
  }

  release(ptr: number): void {
    this.#arena.release(ptr);
  }

  /** A view of the memory, valid until the next allocation. */
  bytes(ptr: number, length: number): Uint8Array {
    return this.#memory.bytes.subarray(ptr, ptr + length);
  }

  /** The buffer that all views alias now. */
  get buffer(): ArrayBufferLike {
    return this.#memory.bytes.buffer;
  }

  isLoaded(group: KernelGroup<object>): boolean {
    return this.#groups.has(group);
  }

  /**
   * Brings a group's module and instantiates it; later calls share the first one's promise.
   * @param given a module to use instead of the group's own
   */
  load(group: KernelGroup<object>, given?: WebAssembly.Module): Promise<void> {
    let loading = this.#loading.get(group);
    if (!loading) {
      loading = this.#load(group, given);
      this.#loading.set(group, loading);
      // A failed load may be tried again.
      loading.catch(() => this.#loading.delete(group));
    }
    return loading;
  }

  async ready(): Promise<void> {
    await this.#pool?.ready();
  }

  /** Runs an operation's CPU side with scratch memory that ends with the call. */
  run<K>(group: KernelGroup<K>, where: string, body: (w: WasmRun<K>) => void): void {
    const loaded = this.#groups.get(group as KernelGroup<object>);
    if (!loaded) throw new KernelError(where, `kernel group ${group.name} is not loaded`);
    const scratch: number[] = [];
    const { exports, index } = loaded;
    const pool = this.#pool;
    try {
      body({
        kernels: exports as K,
        threads: this.threads,
        relaxed: this.relaxed,
        scratch: (bytes) => {
          const ptr = this.#arena.allocate(bytes, where);
          scratch.push(ptr);
          return ptr;
        },
        parallel: (name: KernelName<K>, calls) => {
          if (pool && calls.length > 1) pool.run(index, name, calls);
          else {
            const kernel = exports[name] as (...args: number[]) => void;
            for (const call of calls) kernel(...call);
          }
        },
        bytes: (ptr, length) => this.bytes(ptr, length),
      });
    } finally {
      for (const ptr of scratch) this.#arena.release(ptr);
    }
  }

  destroy(): void {
    this.#pool?.destroy();
    this.#groups.clear();
  }

  async #load(group: KernelGroup<object>, given: WebAssembly.Module | undefined): Promise<void> {
    const module = given ?? (await group.load(this.variant));
    const instance = await WebAssembly.instantiate(module, { env: { memory: this.#memory.memory } });
    const index = this.#pool ? this.#pool.add(module, instance.exports) : -1;
    this.#groups.set(group, { exports: instance.exports, index });
  }
}
