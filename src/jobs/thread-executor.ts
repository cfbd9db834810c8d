/** A unit in a worker: a script that calls serveUnits. Cutting a unit off ends the worker; the next unit gets a new one. */
import { host } from "#host";
import { UnsupportedError } from "../backends/contract.js";
import type { PoolWorker } from "../backends/host/contract.js";
import type { Json } from "./canonical.js";
import { UnitError } from "./errors.js";
import type { Executor } from "./executor.js";
import type { KeyedUnit } from "./unit.js";

/** To the worker. */
export interface RunMessage {
  readonly about: "run";
  readonly keyed: KeyedUnit;
  readonly resumed?: Json | undefined;
}

/** From the worker. */
export type ThreadMessage =
  | { readonly about: "result"; readonly result: Json }
  | { readonly about: "error"; readonly name: string; readonly message: string }
  | { readonly about: "progress"; readonly done: number; readonly total: number }
  | { readonly about: "checkpoint"; readonly state: Json };

/** The script of the workers: a module that calls serveUnits. */
export interface UnitScript {
  readonly url: URL;
  /** The worker's `workerData` in Node, its `name` in a browser. */
  readonly argument?: string;
}

/** @throws UnsupportedError where the host has no workers */
export function threadExecutor(script: UnitScript): Executor {
  const spawn = host.spawnScript;
  if (!spawn) throw new UnsupportedError("threadExecutor", `the host "${host.name}" has no workers`);
  let worker: PoolWorker | undefined;
  let listen: (message: ThreadMessage) => void = () => {};
  const stop = () => {
    worker?.terminate();
    worker = undefined;
  };
  const start = () => {
    const started = spawn(script.url, script.argument);
    started.onMessage((message) => listen(message as ThreadMessage));
    started.onError((error) => {
      const message = (error as { message?: string }).message ?? String(error);
      listen({ about: "error", name: "Error", message: `the unit's thread failed: ${message}` });
      if (worker === started) stop();
    });
    return started;
  };
  return {
    run: (keyed, { signal, resumed, progress, checkpoint }) =>
      new Promise<Json>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const end = (settle: () => void) => {
          signal.removeEventListener("abort", cut);
          listen = () => {};
          settle();
        };
        const cut = () => {
          stop();
          end(() => reject(signal.reason));
        };
        signal.addEventListener("abort", cut, { once: true });
        listen = (message) => {
          if (message.about === "progress") progress?.(message.done, message.total);
          else if (message.about === "checkpoint") checkpoint?.(message.state);
          else if (message.about === "result") end(() => resolve(message.result));
          else end(() => reject(errorOf(message)));
        };
        const running = (worker ??= start());
        running.post({ about: "run", keyed, resumed } satisfies RunMessage);
      }),
    async close() {
      stop();
    },
  };
}

/** The worker's errors cross as text; that a unit may never run is a difference which counts. */
function errorOf({ name, message }: { name: string; message: string }): Error {
  if (name !== "UnitError") return new Error(message);
  const [what, ...problem] = message.split(": ");
  return new UnitError(what as string, problem.join(": "));
}
