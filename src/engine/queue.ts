/**
 * What cannot happen at once: operations whose input must first be read back or whose kernel group must be loaded, and
 * reads behind them. One after the other, in the order of the calls; a storage that one of them touches pulls every
 * later operation on it in.
 */
import { asNamedError } from "../backends/contract.js";
import type { Storage } from "../tensor/storage.js";

export interface QueuedOperation {
  readonly where: string;
  /** Storages whose bytes it needs; when one of them has failed, it fails with the same error. */
  readonly reads: readonly Storage[];
  /** Storages that it fills; they carry the error when it fails. */
  readonly writes: readonly Storage[];
  run(): Promise<void>;
}

export class OperationQueue {
  #tail: Promise<unknown> = Promise.resolve();

  push({ where, reads, writes, run }: QueuedOperation): void {
    this.inTurn([...reads, ...writes], async () => {
      try {
        const failed = reads.find((storage) => storage.failure);
        if (failed) throw failed.failure;
        await run();
      } catch (error) {
        const failure = asNamedError(where, error);
        for (const storage of writes) storage.failure = failure;
      }
    });
  }

  /**
   * Begins a read when everything before it has run or failed. A read has taken what it reads, or told the GPU to copy it, before
   * it first waits: the queue need not wait with it, and many reads are under way at once.
   */
  async begin<T>(touched: readonly Storage[], read: () => Promise<T>): Promise<T> {
    const { begun } = await this.inTurn(touched, async () => {
      const begun = read();
      // Its caller's to handle, who may not have come to it yet.
      begun.catch(() => undefined);
      return { begun };
    });
    return begun;
  }

  /** Runs a task when everything before it has run or failed; holds the storages until it is done. */
  inTurn<T>(touched: readonly Storage[], task: () => Promise<T>): Promise<T> {
    const held = new Set(touched);
    for (const storage of held) storage.enqueue();
    const result = this.#tail.then(task).finally(() => {
      for (const storage of held) storage.dequeue();
    });
    // A failed read is its caller's to handle; the queue goes on.
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
