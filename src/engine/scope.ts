/** A scope owns tensors and disposes them together. */
import { DisposedError, InputError } from "../backends/contract.js";
import type { Tensor } from "../tensor/tensor.js";

export class Scope {
  readonly #tensors = new Set<Tensor>();
  #disposed = false;

  /** Puts a tensor under this scope. */
  track<T extends Tensor>(tensor: T): T {
    checkScope("track", this);
    this.#tensors.add(tensor);
    return tensor;
  }

  /** Takes a tensor out; it is the caller's again. A tensor that is not in this scope stays as it is. */
  keep<T extends Tensor>(tensor: T): T {
    this.#tensors.delete(tensor);
    return tensor;
  }

  /** Moves a tensor of this scope to the one around it, or to the caller when there is none. */
  handOver(tensor: Tensor, outer: Scope | undefined): void {
    if (this.#tensors.delete(tensor)) outer?.track(tensor);
  }

  get disposed(): boolean {
    return this.#disposed;
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

/** Throws InputError or DisposedError unless `scope`, an option, is absent or can take tensors. */
export function checkScope(op: string, scope: Scope | undefined): void {
  if (scope === undefined) return;
  if (!(scope instanceof Scope)) throw new InputError(op, "scope", `must be a Scope, got ${typeof scope}`);
  if (scope.disposed) throw new DisposedError(op, "scope");
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
