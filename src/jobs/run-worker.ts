/** A worker: takes units from a shared folder or a queue until it is told to drain (Node). */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../backends/contract.js";
import { directorySource, type SourceOptions } from "./directory/source.js";
import { inlineExecutor } from "./executor.js";
import { fileCheckpoints } from "./files/checkpoints.js";
import { checkWorkerName, ownWorkerName } from "./files/names.js";
import type { QueueAddress } from "./queue/address.js";
import { queueSource } from "./queue/source.js";
import { threadExecutor, type UnitScript } from "./thread-executor.js";
import type { UnitSource } from "./transport.js";
import { type AnyKind, kindTable } from "./unit.js";
import { type UnitEvent, workLoop } from "./work.js";

/** One of `directory` and `queue`. */
export interface WorkerOptions {
  readonly directory?: string;
  readonly queue?: QueueAddress;
  /** Units computed at once, each in a thread of its own: 1 unless told. */
  readonly threads?: number;
  /** What the threads run: a module that calls serveUnits. Without it units run in this thread, one at a time. */
  readonly script?: UnitScript;
  /** Unlike every other worker's: made of host and process unless told. */
  readonly name?: string;
  /** Folder of this machine for finished results and checkpoints: below the system's temporary folder unless told. */
  readonly state?: string;
  /** Milliseconds of a directory's leases, as for directoryTransport. */
  readonly lease?: SourceOptions;
  /** Leave when there is nothing to do. */
  readonly untilEmpty?: boolean;
  /** Aborted: finish what runs, hand it in, return. */
  readonly drain?: AbortSignal;
  /** Aborted: cut off what runs; checkpoints stay. */
  readonly signal?: AbortSignal;
  onUnit?(event: UnitEvent): void;
  onNotice?(notice: string): void;
}

/**
 * Works until the drain, or until the source is empty if so told.
 * @throws InputError for options that make no sense, UnitError for a folder without a search, QueueError for a queue that is down
 */
export async function runWorker(kinds: Iterable<AnyKind>, options: WorkerOptions): Promise<void> {
  const { directory, queue, threads = 1, script } = options;
  if ((directory === undefined) === (queue === undefined)) {
    throw new InputError("runWorker", "options", "must name one of directory and queue");
  }
  if (!Number.isInteger(threads) || threads < 1 || (threads > 1 && !script)) {
    throw new InputError("runWorker", "threads", `is ${threads}: a whole number from 1, and more than 1 need a script`);
  }
  const table = kindTable(kinds);
  const name = checkWorkerName(options.name ?? ownWorkerName());
  const state = options.state ?? join(tmpdir(), "wavefold-worker");
  const never = new AbortController().signal;
  const source = await openSource(name, state, options);
  const executors = Array.from({ length: threads }, () => (script ? threadExecutor(script) : inlineExecutor(table)));
  try {
    const loops = executors.map((executor) =>
      workLoop(source, executor, {
        drain: options.drain ?? never,
        signal: options.signal ?? never,
        checkpoints: fileCheckpoints(join(state, "checkpoints")),
        ...(options.onUnit ? { onUnit: options.onUnit } : {}),
      }),
    );
    await Promise.all(loops);
  } finally {
    await Promise.all(executors.map((executor) => executor.close()));
    await source.close();
  }
}

async function openSource(name: string, state: string, options: WorkerOptions): Promise<UnitSource> {
  const { directory, queue, lease, untilEmpty = false, onNotice } = options;
  if (directory !== undefined) return directorySource(directory, name, { ...lease, untilEmpty });
  const settings = { state: join(state, "results"), untilEmpty, ...(onNotice ? { onNotice } : {}) };
  return queueSource(queue as QueueAddress, name, settings);
}
