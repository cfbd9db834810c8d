/** Pages, web workers, service workers and Deno. A page's main thread must not block, so it runs on one thread. */
import { canShareMemory, type Host, navigatorGpu } from "./contract.js";

export const host: Host = {
  name: "Deno" in globalThis ? "deno" : "web",
  parallelism() {
    const mayBlock = typeof document === "undefined";
    if (!mayBlock || !canShareMemory() || typeof Worker !== "function") return 1;
    return (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency ?? 1;
  },
  spawnWorker() {
    const worker = new Worker(new URL("../wasm/pool-worker.js", import.meta.url), { type: "module" });
    return {
      post: (message) => worker.postMessage(message),
      onMessage: (listener) => worker.addEventListener("message", (event) => listener(event.data)),
      onError: (listener) => worker.addEventListener("error", listener),
      terminate: () => worker.terminate(),
    };
  },
  gpu: async () => navigatorGpu() ?? { reason: "this host has no navigator.gpu" },
};
