/**
 * Catches the errors of our own calls on a device. Scopes form one stack per device, and whatever is called while one is
 * open lands in it. On a device of our own the scopes stay open all the time, which costs three calls per batch. A
 * caller's device has other users, with scopes of their own: there they are open only within a call of ours.
 */
import { KernelError, OutOfMemoryError, type WavefoldError } from "../contract.js";

/** Outermost first. */
const filters = ["validation", "out-of-memory", "internal"] as const;

type Popped = Promise<GPUError | null>;

export class ErrorScopes {
  readonly #device: GPUDevice;
  readonly #exclusive: boolean;
  #popped: Popped[] = [];
  #depth = 0;

  /** @param exclusive nobody else uses the device */
  constructor(device: GPUDevice, exclusive: boolean) {
    this.#device = device;
    this.#exclusive = exclusive;
    if (exclusive) this.#open();
  }

  /** Runs a synchronous body whose calls on the device are ours. */
  watch<T>(body: () => T): T {
    if (this.#exclusive) return body();
    if (this.#depth++ === 0) this.#open();
    try {
      return body();
    } finally {
      if (--this.#depth === 0) this.#close();
    }
  }

  /** The first error since the last look, as soon as the device knows. */
  look(where: string): Promise<WavefoldError | undefined> {
    if (this.#exclusive || this.#depth > 0) {
      this.#close();
      this.#open();
    }
    const popped = this.#popped;
    this.#popped = [];
    return firstError(popped, where);
  }

  #open(): void {
    for (const filter of filters) this.#device.pushErrorScope(filter);
  }

  #close(): void {
    for (const _ of filters) this.#popped.push(this.#device.popErrorScope());
  }
}

async function firstError(popped: readonly Popped[], where: string): Promise<WavefoldError | undefined> {
  // A lost device settles its scopes with null or a rejection; DeviceLostError speaks for it.
  const errors = await Promise.all(popped.map((scope) => scope.catch(() => null)));
  const at = errors.findIndex((found) => found !== null);
  const error = errors[at];
  if (!error) return undefined;
  // Popped innermost first.
  const filter = filters[filters.length - 1 - (at % filters.length)];
  return filter === "out-of-memory"
    ? new OutOfMemoryError(where, 0, `the GPU device has no room left: ${error.message}`)
    : new KernelError(where, error.message);
}
