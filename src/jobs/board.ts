/** The transport of one process: units wait in memory, workers of this process take them. */
import type { Delivery, Lease, Offer, Transport, UnitSource } from "./transport.js";

interface Waiter<T> {
  take(value: T): void;
}

export class Board implements Transport {
  readonly window = 100_000;
  readonly #waiting: Offer[] = [];
  readonly #known = new Set<string>();
  #deliveries: Delivery[] = [];
  #lessees: Waiter<Lease | undefined>[] = [];
  #collector: Waiter<void> | undefined;
  #next = 1;
  #closed = false;

  async offer(offers: readonly Offer[]): Promise<void> {
    for (const offer of offers) {
      const name = nameOf(offer);
      if (this.#known.has(name)) continue;
      this.#known.add(name);
      const lessee = this.#lessees.shift();
      if (lessee) lessee.take(this.#leaseOf(offer));
      else this.#waiting.push(offer);
    }
  }

  async collect(signal: AbortSignal): Promise<readonly Delivery[]> {
    if (this.#deliveries.length === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const end = () => {
          signal.removeEventListener("abort", end);
          resolve();
        };
        this.#collector = { take: end };
        signal.addEventListener("abort", end, { once: true });
      });
    }
    return [...this.#deliveries];
  }

  async acknowledge(deliveries: readonly Delivery[]): Promise<void> {
    const ids = new Set(deliveries.map(({ id }) => id));
    this.#deliveries = this.#deliveries.filter(({ id }) => !ids.has(id));
    for (const delivery of deliveries) this.#known.delete(nameOf(delivery));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { take } of this.#lessees.splice(0)) take(undefined);
  }

  /** The pull interface of one worker. */
  source(worker: string): UnitSource {
    const deliver = async (lease: Lease, outcome: Pick<Delivery, "result" | "error">) => {
      this.#deliveries.push({ id: lease.id, key: lease.key, run: lease.run, worker, ...outcome });
      this.#collector?.take();
    };
    return {
      heartbeatMs: Number.POSITIVE_INFINITY,
      lease: (signal) => this.#lease(signal),
      heartbeat: async () => true,
      complete: (lease, result) => deliver(lease, { result }),
      fail: (lease, error) => deliver(lease, { error }),
      close: async () => {},
    };
  }

  #lease(signal: AbortSignal): Promise<Lease | undefined> {
    if (this.#closed || signal.aborted) return Promise.resolve(undefined);
    const offer = this.#waiting.shift();
    if (offer) return Promise.resolve(this.#leaseOf(offer));
    return new Promise((resolve) => {
      const leave = () => {
        this.#lessees = this.#lessees.filter((other) => other !== lessee);
        resolve(undefined);
      };
      const lessee: Waiter<Lease | undefined> = {
        take(lease) {
          signal.removeEventListener("abort", leave);
          resolve(lease);
        },
      };
      this.#lessees.push(lessee);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  #leaseOf(offer: Offer): Lease {
    return { ...offer, id: String(this.#next++) };
  }
}

const nameOf = ({ key, run }: { key: string; run: number }): string => `${key}-${run}`;
