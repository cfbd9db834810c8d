/** Node and Bun: worker threads, and WebGPU through the optional peer `webgpu` (Dawn). */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { canShareMemory, type Host, navigatorGpu, type PoolWorker } from "./contract.js";

interface DawnModule {
  create(flags: string[]): GPU;
  globals: Record<string, unknown>;
}

export const host: Host = {
  name: "Bun" in globalThis ? "bun" : "node",
  parallelism: () => (canShareMemory() ? availableParallelism() : 1),
  spawnWorker() {
    const worker = new Worker(new URL("../wasm/pool-worker.js", import.meta.url));
    // A waiting worker must not keep the process alive.
    worker.unref();
    return start(worker);
  },
  spawnEngineWorker: () => start(new Worker(new URL("../../worker/script.js", import.meta.url))),
  spawnScript: (url, argument) => start(new Worker(url, { workerData: argument })),
  async gpu(flags) {
    const present = navigatorGpu();
    if (present) return present;
    const name = "webgpu";
    let dawn: DawnModule;
    try {
      dawn = (await import(/* @vite-ignore */ name)) as DawnModule;
    } catch (error) {
      return { reason: `the optional package "webgpu" is not installed or does not load (${firstLine(error)})` };
    }
    // GPUBufferUsage and the other constants, which a browser has as globals.
    for (const [key, value] of Object.entries(dawn.globals)) {
      if (!(key in globalThis)) Object.defineProperty(globalThis, key, { value, configurable: true, writable: true });
    }
    return dawn.create([...flags]);
  },
};

function start(worker: Worker): PoolWorker {
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer] as ArrayBuffer[]),
    onMessage: (listener) => worker.on("message", listener),
    onError: (listener) => worker.on("error", listener),
    terminate: () => void worker.terminate(),
  };
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n", 1)[0] as string;
}
