/** Pages, web workers, service workers and Deno. A page's main thread must not block, so it runs on one thread. */
import { canShareMemory, type Host, navigatorGpu, type PoolWorker } from "./contract.js";

export const host: Host = {
  name: "Deno" in globalThis ? "deno" : "web",
  parallelism() {
    const mayBlock = typeof document === "undefined";
    if (!mayBlock || !canShareMemory() || typeof Worker !== "function") return 1;
    return (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency ?? 1;
  },
  // The URLs stand here in full: that is how bundlers find the scripts.
  spawnWorker: () => start(new Worker(new URL("../wasm/pool-worker.js", import.meta.url), { type: "module" })),
  spawnEngineWorker: () => start(new Worker(new URL("../../worker/script.js", import.meta.url), { type: "module" })),
  spawnScript: (url, argument = "") => start(new Worker(url, { type: "module", name: argument })),
  gpu: async () => navigatorGpu() ?? { reason: "this host has no navigator.gpu" },
};

function start(worker: Worker): PoolWorker {
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    onMessage: (listener) => worker.addEventListener("message", (event) => listener(event.data)),
    onError: (listener) => worker.addEventListener("error", listener),
    terminate: () => worker.terminate(),
  };
}
