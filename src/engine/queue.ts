/**
 * Operations that cannot run at once: an input must first be read back, or a kernel group be loaded. They run one after
 * the other, in the order of the calls; a storage that one of them touches pulls every later operation on it in.
 */
import { KernelError, WavefoldError } from "../backends/contract.js";
import type { Storage } from "../tensor/storage.js";

export class OperationQueue {
  #tail: Promise<void> = Promise.resolve();

  /**
   * @param touched every storage that the task reads or writes; held until it is done
   * @param outputs those that it fills: they carry the error when it fails
   */
  push(task: () => Promise<void>, touched: readonly Storage[], outputs: readonly Storage[], where: string): void {
    for (const storage of touched) {
      storage.queued++;
      storage.retain();
    }
    this.#tail = this.#tail.then(async () => {
      try {
        const failed = touched.find((storage) => storage.failure && !outputs.includes(storage));
        if (failed) throw failed.failure;
        await task();
      } catch (error) {
        const failure =
          error instanceof WavefoldError ? error : new KernelError(where, String(error), { cause: error });
        for (const storage of outputs) storage.failure = failure;
      } finally {
        for (const storage of touched) {
          storage.queued--;
          storage.release();
        }
      }
    });
  }

  /** Resolves when everything queued so far has run or failed. */
  drained(): Promise<void> {
    return this.#tail;
  }
}
