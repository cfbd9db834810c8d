/** How far a search is and how fast it goes. Times are for people: nothing of this enters a result. */
export interface SearchProgress {
  readonly done: number;
  readonly total: number;
  /** Units that failed for good. */
  readonly failed: number;
  /** Of this run of the coordinator; undefined until a unit has come. */
  readonly unitsPerSecond: number | undefined;
  readonly secondsLeft: number | undefined;
  /** Units finished in this run, by worker. */
  readonly workers: ReadonlyMap<string, number>;
}

export class Throughput {
  readonly #workers = new Map<string, number>();
  readonly #now: () => number;
  readonly #begun: number;
  #finished = 0;

  /** @param now seconds, of any origin */
  constructor(now: () => number) {
    this.#now = now;
    this.#begun = now();
  }

  count(worker: string): void {
    this.#finished++;
    this.#workers.set(worker, (this.#workers.get(worker) ?? 0) + 1);
  }

  progress(done: number, total: number, failed: number): SearchProgress {
    const seconds = this.#now() - this.#begun;
    const unitsPerSecond = this.#finished > 0 && seconds > 0 ? this.#finished / seconds : undefined;
    const secondsLeft = unitsPerSecond && (total - done - failed) / unitsPerSecond;
    return { done, total, failed, unitsPerSecond, secondsLeft, workers: new Map(this.#workers) };
  }
}
