/**
 * Where units wait and results arrive. The coordinator holds the truth (its journal); a transport may forget anything at any
 * time, and what it forgot is offered again. A worker sees the pull interface only.
 */
import type { Json } from "./canonical.js";
import type { KeyedUnit } from "./unit.js";

/** A unit that may be run: which run of it (from 1), and who must not run it because they already have. */
export interface Offer extends KeyedUnit {
  readonly run: number;
  readonly exclude: readonly string[];
}

/** What a worker gets: the unit, and a token of this very lease. */
export interface Lease extends Offer {
  readonly id: string;
}

/** The worker's side: pull. */
export interface UnitSource {
  /** Waits for a unit. Undefined when there will be none: the source is closed or the signal is aborted. */
  lease(signal: AbortSignal): Promise<Lease | undefined>;
  /** Says that the unit is still being worked on. False when the lease was lost; the result is welcome all the same. */
  heartbeat(lease: Lease): Promise<boolean>;
  /** Hands a result over; when it resolves, the result is with the transport or safe on this machine's disk. */
  complete(lease: Lease, result: Json): Promise<void>;
  /** Says that the unit threw; whether it is tried again is not the worker's business. */
  fail(lease: Lease, error: string): Promise<void>;
  /** How often heartbeat must be called. */
  readonly heartbeatMs: number;
  close(): Promise<void>;
}

/** What comes back: a result, or what was thrown. */
export interface Delivery {
  /** The transport's own name for it. */
  readonly id: string;
  readonly key: string;
  readonly run: number;
  readonly worker: string;
  readonly result?: Json;
  readonly error?: string;
}

/** The coordinator's side. */
export interface Transport {
  /** Makes units available; those that already are (same key and run) stay as they are. */
  offer(offers: readonly Offer[]): Promise<void>;
  /** Waits a while for deliveries; none is a fine answer. They come again until they are acknowledged. */
  collect(signal: AbortSignal): Promise<readonly Delivery[]>;
  /** The journal has them. */
  acknowledge(deliveries: readonly Delivery[]): Promise<void>;
  /** How many units may be on offer at once. */
  readonly window: number;
  close(): Promise<void>;
}
