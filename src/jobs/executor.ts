/** Running one unit: in this thread, or in a worker so that this thread stays free to renew leases. */
import type { Json } from "./canonical.js";
import { closeResult, type KeyedUnit, type KindTable, openUnit } from "./unit.js";

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly resumed?: Json | undefined;
  progress?(done: number, total: number): void;
  checkpoint?(state: Json): void;
}

export interface Executor {
  /** @returns the unit's result, canonical. @throws what the unit threw, or the signal's reason */
  run(unit: KeyedUnit, options: RunOptions): Promise<Json>;
  close(): Promise<void>;
}

/** In the calling thread. The only one that can run a unit where there are no workers. */
export function inlineExecutor(table: KindTable): Executor {
  return {
    async run(keyed, { signal, resumed, progress, checkpoint }) {
      const { kind, params } = openUnit(table, keyed);
      signal.throwIfAborted();
      const result = await kind.run(params, {
        signal,
        resumed,
        progress: (done, total) => progress?.(done, total),
        checkpoint: (state) => checkpoint?.(closeResult(kind, keyed.key, state)),
      });
      return closeResult(kind, keyed.key, result);
    },
    async close() {},
  };
}
