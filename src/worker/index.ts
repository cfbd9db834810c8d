/**
 * `wavefold/worker`: the whole engine in a worker, so that a page's main thread never waits for a kernel, and threads
 * work there too (on a cross-origin-isolated page).
 * @module
 */
import { host } from "#host";
import { UnsupportedError } from "../backends/contract.js";
import { portOf, type WorkerEnd } from "./port.js";
import type { WorkerEngineOptions } from "./protocol.js";
import { WorkerEngine } from "./worker-engine.js";

export type { WorkerEnd } from "./port.js";
export type { WorkerEngineOptions } from "./protocol.js";
export { serveEngine } from "./serve.js";
export { type WorkerBackends, WorkerEngine } from "./worker-engine.js";

/**
 * An engine in a worker. Tensors and operations are used as with createEngine; arguments are checked at once, results
 * arrive with `data()`.
 * @param options as for createEngine; `worker` is a worker whose script calls serveEngine with more operations
 * @throws UnsupportedError where the host has no workers; InputError for options that make no sense
 * @example
 * const engine = await createWorkerEngine();
 * const product = matmul(engine.tensor([[1, 2]]), engine.tensor([[3], [4]]));
 * console.log(await product.data());
 */
export async function createWorkerEngine(
  options: WorkerEngineOptions & { worker?: WorkerEnd } = {},
): Promise<WorkerEngine> {
  const { worker, ...engineOptions } = options;
  const port = worker ? portOf(worker) : host.spawnEngineWorker?.();
  if (!port) throw new UnsupportedError("createWorkerEngine", `the host "${host.name}" has no workers`);
  try {
    return await WorkerEngine.start(port, { about: "start", options: engineOptions });
  } catch (error) {
    port.terminate();
    throw error;
  }
}
