/**
 * `wavefold/jobs`: searches cut into units of work, computed in this thread, in workers, by machines that share a folder, or by
 * machines on a Redis queue. The same search gives the same bytes on all of them.
 * @module wavefold/jobs
 */
export type { Mismatch } from "./ballots.js";
export { canonicalJson, type Json, plainJson } from "./canonical.js";
export { FailedUnitsError, JournalError, QueueError, UnitError, type UnitFailure } from "./errors.js";
export { mergeSorted } from "./merge.js";
export type { SearchProgress } from "./progress.js";
export type { QueueAddress } from "./queue/address.js";
export { runSearch, type SearchOptions, type SearchOutcome } from "./run-search.js";
export type { WorkerOptions } from "./run-worker.js";
export { serveUnits } from "./serve-units.js";
export { sha256 } from "./sha256.js";
export type { UnitScript } from "./thread-executor.js";
export type { AnyKind, Search, UnitContext, UnitKind, UnitLimits } from "./unit.js";
export type { UnitEvent } from "./work.js";

/**
 * A worker of a shared folder or a queue (Node); see WorkerOptions.
 * @param kinds the fixed table of kinds, the same as the coordinator's
 * @throws InputError for options that make no sense, UnitError for a folder without a search, QueueError for a queue that is down
 */
export async function runWorker(
  kinds: Iterable<import("./unit.js").AnyKind>,
  options: import("./run-worker.js").WorkerOptions,
): Promise<void> {
  // Node's modules are loaded on use, so that pages can import the rest.
  const { runWorker: run } = await import("./run-worker.js");
  return run(kinds, options);
}
