/** A scope owns tensors and disposes them together. */
import { DisposedError } from "../backends/contract.js";
import type { Tensor } from "../tensor/tensor.js";

export class Scope {
  readonly #tensors = new Set<Tensor>();
  #disposed = false;

  /** Puts a tensor under this scope. */
  track<T extends Tensor>(tensor: T): T {
    if (this.#disposed) throw new DisposedError("scope", "this");
    this.#tensors.add(tensor);
    return tensor;
  }

  /** Takes a tensor out; it is the caller's again. */
  keep<T extends Tensor>(tensor: T): T {
    this.#tensors.delete(tensor);
    return tensor;
  }

  dispose(): void {
    this.#disposed = true;
    for (const tensor of this.#tensors) tensor.dispose();
    this.#tensors.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** The tensors in a value: itself, or those in arrays and plain objects, to any depth. */
export function tensorsIn(value: unknown, isTensor: (value: unknown) => value is Tensor): Tensor[] {
  if (isTensor(value)) return [value];
  if (Array.isArray(value)) return value.flatMap((item) => tensorsIn(item, isTensor));
  if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.values(value).flatMap((item) => tensorsIn(item, isTensor));
  }
  return [];
}
