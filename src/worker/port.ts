/** One way to talk for web workers, Node's worker threads, and the two ends of each. */
import type { PoolWorker } from "../backends/host/contract.js";

interface WebEnd {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: string, listener: (event: { data?: unknown }) => void): void;
  terminate?(): void;
}

interface NodeEnd {
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  on(type: string, listener: (value: unknown) => void): void;
  terminate?(): unknown;
}

/** A web Worker, a Node Worker, a worker's own scope or its parentPort. */
export type WorkerEnd = WebEnd | NodeEnd;

export function portOf(end: WorkerEnd): PoolWorker {
  const listen = (type: "message" | "error", listener: (value: unknown) => void) => {
    if ("on" in end) end.on(type, listener);
    else end.addEventListener(type, (event) => listener(type === "message" ? event.data : event));
  };
  return {
    post: (message, transfer = []) => end.postMessage(message, [...transfer]),
    onMessage: (listener) => listen("message", listener),
    onError: (listener) => listen("error", listener),
    terminate: () => void end.terminate?.(),
  };
}
