/**
 * A kernel group is one compiled WebAssembly module (in several variants) that shares the engine's memory. The core
 * group comes with every engine; a system's group is loaded when one of its operations is first used.
 */

/** Build variants of one source; the binary is the variant. */
export type WasmVariant = "simd" | "relaxed" | "simd-threads" | "relaxed-threads";

export interface KernelGroup<K> {
  readonly name: string;
  /** Brings the compiled module of a variant; called at most once per engine. */
  load(variant: WasmVariant): Promise<WebAssembly.Module>;
  /** Carries the type of the exports; never set. */
  readonly kernels?: K;
}

/** Names of the exports that take numbers: what `parallel` can run. */
export type KernelName<K> = Extract<keyof K, string>;

/** What an operation's CPU side works with during one call. */
export interface WasmRun<K> {
  /** The group's exports on the calling thread. */
  readonly kernels: K;
  readonly threads: number;
  /** True when the binary may fuse multiply-adds (relaxed SIMD). */
  readonly relaxed: boolean;
  /** 64-byte aligned scratch memory, released when the call returns. */
  scratch(bytes: number): number;
  /** Runs every argument list once, in any order, on any thread; returns when all are done. */
  parallel<N extends KernelName<K>>(name: N, calls: readonly (readonly number[])[]): void;
  /** A view of the memory, valid until the next scratch() or allocation. */
  bytes(ptr: number, length: number): Uint8Array;
}
