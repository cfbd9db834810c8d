/**
 * What differs between hosts, in one small interface. `#host` (a subpath import of package.json) resolves to the one
 * that fits: node.ts, web.ts or bare.ts. Nothing here touches a global at import time.
 */
export interface Host {
  readonly name: string;
  /** Threads that may be used at once; 1 where memory cannot be shared or the calling thread must not block. */
  parallelism(): number;
  /** Starts the pool's worker script. Absent where parallelism() is 1. */
  spawnWorker?(): PoolWorker;
  /** Starts the script that serves a whole engine (wavefold/worker). Absent where there are no workers. */
  spawnEngineWorker?(): PoolWorker;
  /**
   * Starts a script of somebody else's. Absent where there are no workers.
   * @param argument the worker's `workerData` in Node, its `name` elsewhere
   */
  spawnScript?(url: URL, argument?: string): PoolWorker;
  /** The host's WebGPU entry point, or why there is none. */
  gpu(flags: readonly string[]): Promise<GPU | { reason: string }>;
}

export interface PoolWorker {
  post(message: unknown, transfer?: readonly Transferable[]): void;
  onMessage(listener: (message: unknown) => void): void;
  onError(listener: (error: unknown) => void): void;
  terminate(): void;
}

/** True when this realm may create shared WebAssembly memory. */
export function canShareMemory(): boolean {
  return (
    typeof SharedArrayBuffer === "function" &&
    (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== false
  );
}

/** `navigator.gpu` where it exists; Node 20 has no navigator, other hosts a partial one. */
export function navigatorGpu(): GPU | undefined {
  const navigator = (globalThis as { navigator?: { gpu?: GPU } }).navigator;
  return navigator?.gpu;
}
