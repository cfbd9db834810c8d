/** What the coordinator must not forget. A log in memory forgets all when the process ends; the journal (Node) does not. */
import type { Json } from "./canonical.js";
import type { KeyedUnit, Search } from "./unit.js";

/** The first record: what is searched, as which units. */
export interface Opening {
  readonly search: Search;
  readonly quorum: number;
  readonly units: readonly KeyedUnit[];
}

/** Every other record. */
export type Entry =
  | {
      readonly about: "result";
      readonly key: string;
      readonly run: number;
      readonly worker: string;
      readonly result: Json;
    }
  | {
      readonly about: "error";
      readonly key: string;
      readonly run: number;
      readonly worker: string;
      readonly error: string;
    };

export interface Log {
  /** The opening that is there, or the one that `make` gives. */
  open(make: () => Opening): { readonly opening: Opening; readonly entries: readonly Entry[] };
  /** When it returns, the entries are safe. */
  append(entries: readonly Entry[]): void;
  close(): void;
}

export const memoryLog = (): Log => ({
  open: (make) => ({ opening: make(), entries: [] }),
  append: () => {},
  close: () => {},
});
