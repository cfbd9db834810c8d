/** A whole search from one call: cut, compute wherever told, merge. */
import { InputError } from "../backends/contract.js";
import type { Mismatch } from "./ballots.js";
import { Board } from "./board.js";
import type { Json } from "./canonical.js";
import { Coordinator, type CoordinatorOptions } from "./coordinator.js";
import { FailedUnitsError, messageOf } from "./errors.js";
import { type Executor, inlineExecutor } from "./executor.js";
import { type Log, memoryLog } from "./log.js";
import { mergedText } from "./merge.js";
import type { SearchProgress } from "./progress.js";
import type { QueueAddress } from "./queue/address.js";
import { threadExecutor, type UnitScript } from "./thread-executor.js";
import type { Transport } from "./transport.js";
import { type AnyKind, kindTable, makeUnits, type Search } from "./unit.js";
import { type CheckpointStore, workLoop } from "./work.js";

/** At most one of `threads`, `directory` and `queue`; none means this thread. */
export interface SearchOptions {
  /** Workers of this process that compute, each running `script`. */
  readonly threads?: number;
  /** What the threads run: a module that calls serveUnits with the same kinds. Needed with `threads`. */
  readonly script?: UnitScript;
  /** A folder that workers of all machines share (Node). */
  readonly directory?: string;
  /** A Redis or Valkey that workers of all machines reach (Node; packages bullmq and ioredis). */
  readonly queue?: QueueAddress;
  /** The file of the coordinator's journal (Node). With it an interrupted search goes on where it was. */
  readonly journal?: string;
  /** Units to cut into: 64 unless told. A journal keeps to the units that it began with. */
  readonly parts?: number;
  /** Equal results, of different workers, that a unit needs: 1 unless told. Threads count as one worker each, even twice. */
  readonly quorum?: number;
  /** How often a unit that throws is tried again: 3 unless told. */
  readonly retries?: number;
  /** Milliseconds before the first retry, doubled before each further one: 1000 unless told. */
  readonly backOffMs?: number;
  readonly signal?: AbortSignal;
  onProgress?(progress: SearchProgress): void;
  /** What a person should know and no program needs: a torn tail that was cut, a unit that is tried again. */
  onNotice?(notice: string): void;
}

export interface SearchOutcome {
  /** The kind's merged result. Big integers are decimal strings. */
  readonly output: Json;
  /** Canonical JSON of kind, schema, search and result, with a line end: the same bytes however the search was run. */
  readonly text: string;
  /** Units in all. */
  readonly units: number;
  /** Runs that a quorum outvoted, by unit and worker. */
  readonly mismatches: readonly Mismatch[];
}

/**
 * Runs a search to its end.
 * @param kinds the fixed table of kinds
 * @param search which kind, and its parameters: JSON and big integers
 * @returns the merged result, and the file that it makes
 * @throws UnitError for a search or unit that cannot be, FailedUnitsError when units failed for good, JournalError, QueueError;
 * the signal's reason when it was aborted. What was finished stays in the journal.
 * @example
 * const { text } = await runSearch([myKind], { kind: "my-kind", params: { to: 10n ** 30n } }, { journal: "search.journal" });
 */
export async function runSearch(
  kinds: Iterable<AnyKind>,
  search: Search,
  options: SearchOptions = {},
): Promise<SearchOutcome> {
  checkOptions(options);
  const table = kindTable(kinds);
  const { parts = 64, quorum = 1, onNotice } = options;
  const log = await openLog(options.journal, search, onNotice);
  try {
    const { opening, entries } = log.open(() => ({ search, quorum, units: makeUnits(table, search, parts) }));
    const venue = await openVenue(table, opening.search, options);
    try {
      const signal = options.signal ? AbortSignal.any([options.signal, venue.broken]) : venue.broken;
      const settings: CoordinatorOptions = { retries: 3, backOffMs: 1000, ...given(options), signal };
      const coordinator = new Coordinator(table, opening, log, venue.transport, settings);
      coordinator.replay(entries);
      const { results, failures, mismatches } = await coordinator.run();
      if (failures.length) throw new FailedUnitsError(failures);
      return { ...mergedText(table, opening.search, opening.units, results), units: opening.units.length, mismatches };
    } finally {
      await venue.close();
    }
  } finally {
    log.close();
  }
}

function checkOptions({ threads, script, directory, queue, quorum = 1, retries = 0, backOffMs = 0 }: SearchOptions) {
  const refuse = (argument: string, problem: string) => {
    throw new InputError("runSearch", argument, problem);
  };
  if ([threads, directory, queue].filter((venue) => venue !== undefined).length > 1) {
    refuse("options", "names more than one of threads, directory and queue");
  }
  if (threads !== undefined) {
    if (!Number.isInteger(threads) || threads < 1) refuse("threads", `is ${threads}, expected a whole number from 1`);
    if (!script) refuse("script", "is missing: threads need the module that calls serveUnits");
  }
  if (!Number.isInteger(quorum) || quorum < 1) refuse("quorum", `is ${quorum}, expected a whole number from 1`);
  if (!Number.isInteger(retries) || retries < 0) refuse("retries", `is ${retries}, expected a whole number from 0`);
  if (!(backOffMs >= 0)) refuse("backOffMs", `is ${backOffMs}, expected milliseconds`);
}

const given = ({ retries, backOffMs, onProgress, onNotice }: SearchOptions): Partial<CoordinatorOptions> => ({
  ...(retries === undefined ? {} : { retries }),
  ...(backOffMs === undefined ? {} : { backOffMs }),
  ...(onProgress ? { onProgress } : {}),
  ...(onNotice ? { onNotice } : {}),
});

async function openLog(path: string | undefined, search: Search, onNotice: SearchOptions["onNotice"]): Promise<Log> {
  if (path === undefined) return memoryLog();
  const { openJournal } = await import("./journal/journal.js");
  return openJournal(path, onNotice, search);
}

/** Where the units of a search are computed, as the coordinator sees it. */
interface Venue {
  readonly transport: Transport;
  /** Aborted when nothing can come any more. */
  readonly broken: AbortSignal;
  close(): Promise<void>;
}

async function openVenue(table: ReturnType<typeof kindTable>, search: Search, options: SearchOptions): Promise<Venue> {
  const { directory, queue, threads, script } = options;
  if (directory !== undefined) {
    const { directoryTransport } = await import("./directory/transport.js");
    return remote(directoryTransport(directory, search));
  }
  if (queue !== undefined) {
    const { queueTransport } = await import("./queue/transport.js");
    return remote(await queueTransport(queue, options.onNotice));
  }
  if (threads === undefined) return local([inlineExecutor(table)]);
  return local(Array.from({ length: threads }, () => threadExecutor(script as UnitScript)));
}

const remote = (transport: Transport): Venue => ({
  transport,
  broken: new AbortController().signal,
  close: () => transport.close(),
});

function local(executors: readonly Executor[]): Venue {
  const board = new Board();
  const end = new AbortController();
  const broken = new AbortController();
  const stopped = executors.map((executor, i) =>
    workLoop(board.source(`thread ${i + 1}`), executor, {
      drain: end.signal,
      signal: end.signal,
      checkpoints: memoryCheckpoints(),
    }).catch((error) =>
      broken.abort(new Error(`a thread of the search failed: ${messageOf(error)}`, { cause: error })),
    ),
  );
  return {
    transport: board,
    broken: broken.signal,
    async close() {
      end.abort();
      await board.close();
      await Promise.all(executors.map((executor) => executor.close()));
      await Promise.all(stopped);
    },
  };
}

function memoryCheckpoints(): CheckpointStore {
  const states = new Map<string, Json>();
  return {
    load: (key) => states.get(key),
    save: (key, state) => void states.set(key, state),
    drop: (key) => void states.delete(key),
  };
}
