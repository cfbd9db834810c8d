/** What the two queues of a search are called, and what their jobs hold. */
import type { Json } from "../canonical.js";
import type { Offer } from "../transport.js";

/** Jobs are offers; a job's id is the unit's key and run, so that an offer made twice is one job. */
export const unitsQueue = (name: string): string => `${name}-units`;

/** Jobs are outcomes, taken out by the coordinator once its journal has them. */
export const resultsQueue = (name: string): string => `${name}-results`;

export const offerId = ({ key, run }: Pick<Offer, "key" | "run">): string => `${key}-${run}`;

/** What a worker hands in. */
export interface Outcome {
  readonly key: string;
  readonly run: number;
  readonly worker: string;
  readonly result?: Json;
  readonly error?: string;
}
