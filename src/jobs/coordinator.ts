/**
 * The coordinator: offers what is missing, writes what comes to its log, and only then acknowledges it. It trusts the log
 * alone: every round offers all missing units again, so that a transport which lost everything has everything again.
 */

import { Ballots, type Mismatch } from "./ballots.js";
import { canonicalJson, type Json } from "./canonical.js";
import type { UnitFailure } from "./errors.js";
import type { Entry, Log, Opening } from "./log.js";
import { type SearchProgress, Throughput } from "./progress.js";
import type { Delivery, Offer, Transport } from "./transport.js";
import { closeResult, type KeyedUnit, type KindTable, kindOf } from "./unit.js";

export interface CoordinatorOptions {
  readonly signal: AbortSignal;
  /** How often a unit that throws is tried again. */
  readonly retries: number;
  /** Milliseconds before the first retry; twice as many before each further one. */
  readonly backOffMs: number;
  onProgress?(progress: SearchProgress): void;
  onNotice?(notice: string): void;
  now?(): number;
}

export interface Coordinated {
  readonly results: ReadonlyMap<string, Json>;
  readonly failures: readonly UnitFailure[];
  readonly mismatches: readonly Mismatch[];
}

export class Coordinator {
  readonly #table: KindTable;
  readonly #log: Log;
  readonly #transport: Transport;
  readonly #options: CoordinatorOptions;
  readonly #now: () => number;
  readonly #units: Map<string, KeyedUnit>;
  readonly #ballots: Ballots;
  readonly #results = new Map<string, Json>();
  readonly #failures = new Map<string, UnitFailure>();
  /** How often each unit threw, and when it may run again. */
  readonly #throws = new Map<string, { count: number; notBefore: number }>();
  readonly #throughput: Throughput;

  constructor(table: KindTable, opening: Opening, log: Log, transport: Transport, options: CoordinatorOptions) {
    this.#table = table;
    this.#log = log;
    this.#transport = transport;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#units = new Map(opening.units.map((unit) => [unit.key, unit]));
    this.#ballots = new Ballots(opening.quorum);
    this.#throughput = new Throughput(() => this.#now() / 1000);
  }

  /** Takes over what the log knew. Units that failed for good then have another chance now. */
  replay(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.about === "result") this.#count({ id: "", ...entry });
    }
  }

  /** Until every unit has a result or has failed for good, or the signal is aborted. @throws the signal's reason */
  async run(): Promise<Coordinated> {
    const { signal } = this.#options;
    this.#report();
    while (this.#results.size + this.#failures.size < this.#units.size) {
      signal.throwIfAborted();
      await this.#transport.offer(this.#offers());
      const wait = this.#untilRetry();
      const deliveries = await this.#transport.collect(wait === undefined ? signal : withTimeout(signal, wait));
      if (deliveries.length > 0) await this.#take(deliveries);
    }
    return { results: this.#results, failures: [...this.#failures.values()], mismatches: this.#ballots.mismatches() };
  }

  /** What is missing now, at most the transport's window of it. */
  #offers(): Offer[] {
    const offers: Offer[] = [];
    const now = this.#now();
    for (const [key, unit] of this.#units) {
      if (offers.length >= this.#transport.window) break;
      if (this.#results.has(key) || this.#failures.has(key)) continue;
      const thrown = this.#throws.get(key);
      if (thrown && thrown.notBefore > now) continue;
      const verdict = this.#ballots.verdict(key);
      if (verdict.state === "open") offers.push({ ...unit, run: verdict.run, exclude: verdict.exclude });
    }
    return offers;
  }

  async #take(deliveries: readonly Delivery[]): Promise<void> {
    const fresh = onePerRun(deliveries.filter((delivery) => this.#isWanted(delivery)));
    this.#log.append(fresh.map(entryOf));
    for (const delivery of fresh) {
      if (delivery.error !== undefined) this.#thrown(delivery, delivery.error);
      else if (this.#count(delivery)) this.#throughput.count(delivery.worker);
    }
    await this.#transport.acknowledge(deliveries);
    this.#report();
  }

  /** Not what belongs to another search, came before, or is too large to be true. */
  #isWanted(delivery: Delivery): boolean {
    const { key, run, error, result } = delivery;
    const unit = this.#units.get(key);
    if (!unit || this.#results.has(key) || this.#failures.has(key)) return false;
    if (error !== undefined) return true;
    if (this.#ballots.votesOf(key).some((vote) => vote.run === run)) return false;
    try {
      closeResult(kindOf(this.#table, unit.unit.kind, "result"), key, result);
      return true;
    } catch (problem) {
      this.#options.onNotice?.(`left out a result of ${delivery.worker}: ${(problem as Error).message}`);
      return false;
    }
  }

  #count(delivery: Delivery): boolean {
    const { key } = delivery;
    if (!this.#units.has(key) || this.#results.has(key)) return false;
    this.#ballots.cast(delivery);
    const verdict = this.#ballots.verdict(key);
    if (verdict.state === "split") {
      this.#failures.set(key, { key, worker: delivery.worker, error: "its runs differ and none has a majority" });
    }
    if (verdict.state !== "accepted") return false;
    this.#results.set(key, verdict.result);
    return true;
  }

  #thrown({ key, worker }: Delivery, error: string): void {
    const count = (this.#throws.get(key)?.count ?? 0) + 1;
    const { retries, backOffMs, onNotice } = this.#options;
    this.#throws.set(key, { count, notBefore: this.#now() + backOffMs * 2 ** (count - 1) });
    if (count > retries) this.#failures.set(key, { key, worker, error });
    onNotice?.(`unit ${key.slice(0, 12)} on ${worker}, try ${count} of ${retries + 1}: ${error}`);
  }

  /** Milliseconds until the next unit may be tried again. */
  #untilRetry(): number | undefined {
    const times = [...this.#throws].filter(([key]) => !this.#results.has(key) && !this.#failures.has(key));
    const waits = times.map(([, { notBefore }]) => notBefore - this.#now()).filter((wait) => wait > 0);
    return waits.length ? Math.min(...waits) : undefined;
  }

  #report(): void {
    const { onProgress } = this.#options;
    onProgress?.(this.#throughput.progress(this.#results.size, this.#units.size, this.#failures.size));
  }
}

/** A unit whose lease ran out may come from two workers at once: the first result of a run counts, errors all do. */
function onePerRun(deliveries: readonly Delivery[]): Delivery[] {
  const seen = new Set<string>();
  return deliveries.filter(({ key, run, error }) => {
    const name = `${key}-${run}`;
    if (error !== undefined) return true;
    return !seen.has(name) && seen.add(name);
  });
}

function entryOf({ key, run, worker, result, error }: Delivery): Entry {
  if (error !== undefined) return { about: "error", key, run, worker, error };
  return { about: "result", key, run, worker, result: JSON.parse(canonicalJson(result)) };
}

function withTimeout(signal: AbortSignal, milliseconds: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(milliseconds))]);
}
