/** The worker's side of threadExecutor: runs the units that it is sent, one at a time. */
import { UnsupportedError } from "../backends/contract.js";
import { messageOf } from "./errors.js";
import { inlineExecutor } from "./executor.js";
import type { RunMessage, ThreadMessage } from "./thread-executor.js";
import { type AnyKind, kindTable } from "./unit.js";

interface OwnEnd {
  postMessage(message: ThreadMessage): void;
  on?(type: "message", listener: (message: RunMessage) => void): void;
  addEventListener?(type: "message", listener: (event: { data: RunMessage }) => void): void;
}

/**
 * Makes the current worker run units of these kinds for runSearch and runWorker.
 * @example
 * // units-worker.js, given as { script: { url: new URL("./units-worker.js", import.meta.url) } }
 * import { serveUnits } from "wavefold/jobs";
 * await serveUnits([myKind]);
 * @throws UnsupportedError outside a worker
 */
export async function serveUnits(kinds: Iterable<AnyKind>): Promise<void> {
  const executor = inlineExecutor(kindTable(kinds));
  const end = await ownEnd();
  // A thread is ended, never told to stop: a unit that computes does not read messages.
  const { signal } = new AbortController();
  const answer = async ({ keyed, resumed }: RunMessage) => {
    try {
      const result = await executor.run(keyed, {
        signal,
        resumed,
        progress: (done, total) => end.postMessage({ about: "progress", done, total }),
        checkpoint: (state) => end.postMessage({ about: "checkpoint", state }),
      });
      end.postMessage({ about: "result", result });
    } catch (error) {
      end.postMessage({ about: "error", name: (error as Error)?.name ?? "Error", message: messageOf(error) });
    }
  };
  if (end.on) end.on("message", answer);
  else end.addEventListener?.("message", ({ data }) => answer(data));
}

async function ownEnd(): Promise<OwnEnd> {
  const scope = globalThis as unknown as OwnEnd & { process?: { versions?: { node?: string } } };
  if (!scope.process?.versions?.node) return scope;
  const nodeThreads = "node:worker_threads";
  const { parentPort } = (await import(/* @vite-ignore */ nodeThreads)) as typeof import("node:worker_threads");
  if (!parentPort) throw new UnsupportedError("serveUnits", "this is not a worker");
  return parentPort as unknown as OwnEnd;
}
