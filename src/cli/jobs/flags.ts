/** Flags of the commands that compute units, and the signals that end them. */
import { type Command, InvalidArgumentError } from "commander";
import type { QueueAddress, UnitScript } from "../../jobs/index.js";
import { note } from "../output.js";

export interface QueueFlags {
  readonly queueName?: string;
  readonly ca?: string;
  readonly lockDuration?: number;
}

export function addQueueFlags(command: Command): Command {
  return command
    .option("--queue-name <name>", "name of the queue, for searches that run at once", "wavefold")
    .option("--ca <file>", "certificate authority of a rediss:// address")
    .option("--lock-duration <ms>", "how long a unit stays a worker's without news of it", positive, 30_000);
}

export const queueOf = (url: string, { queueName, ca, lockDuration }: QueueFlags): QueueAddress => ({
  url,
  ...(queueName ? { name: queueName } : {}),
  ...(ca ? { ca } : {}),
  ...(lockDuration ? { lockDuration } : {}),
});

export function positive(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("expected a whole number, at least 1");
}

/** The script stands beside the bundled command. */
export const unitScript = (kinds: string | undefined): UnitScript => ({
  url: new URL("./unit-worker.js", import.meta.url),
  ...(kinds ? { argument: kinds } : {}),
});

/** The first Ctrl-C or SIGTERM drains, the second cuts off. */
export function stopSignals(): { drain: AbortSignal; signal: AbortSignal; release(): void } {
  const drain = new AbortController();
  const cut = new AbortController();
  const stop = () => {
    if (drain.signal.aborted) return cut.abort(new DOMException("stopped", "AbortError"));
    drain.abort();
    note("finishing what runs; once more to stop at once");
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, stop);
  return {
    drain: drain.signal,
    signal: cut.signal,
    release: () => {
      for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, stop);
    },
  };
}
