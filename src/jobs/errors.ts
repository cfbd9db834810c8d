/** What can be wrong with a search that runs as units. */
import { WavefoldError } from "../backends/contract.js";

/** A unit, a result or a search that may not be run or merged: another kind, schema, engine version, hash, or over a limit. */
export class UnitError extends WavefoldError {
  override readonly name = "UnitError";
  constructor(what: string, problem: string, options?: ErrorOptions) {
    super("E_UNIT", `${what}: ${problem}`, options);
  }
}

/** A journal that is damaged before its end, belongs to another search, or is in use. */
export class JournalError extends WavefoldError {
  override readonly name = "JournalError";
  constructor(path: string, problem: string, options?: ErrorOptions) {
    super("E_JOURNAL", `${path}: ${problem}`, options);
  }
}

/** The queue cannot be reached, or its packages are missing. Finished units are in the journal or on the worker's disk. */
export class QueueError extends WavefoldError {
  override readonly name = "QueueError";
  constructor(queue: string, problem: string, options?: ErrorOptions) {
    super("E_QUEUE", `${queue}: ${problem}`, options);
  }
}

/** Units that threw more often than they may, or found no majority. The rest of the search is kept in the journal. */
export class FailedUnitsError extends WavefoldError {
  override readonly name = "FailedUnitsError";
  readonly failures: readonly UnitFailure[];
  constructor(failures: readonly UnitFailure[]) {
    const lines = failures.slice(0, 5).map(({ key, worker, error }) => `  ${key.slice(0, 12)} on ${worker}: ${error}`);
    const rest = failures.length > 5 ? `\n  and ${failures.length - 5} more` : "";
    super("E_FAILED_UNITS", `${failures.length} units failed for good\n${lines.join("\n")}${rest}`);
    this.failures = failures;
  }
}

export interface UnitFailure {
  readonly key: string;
  /** Who ran it last. */
  readonly worker: string;
  readonly error: string;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
