/** An operand or result that a gradient will read: its memory is held, and known not to have changed. */
import { InputError } from "../backends/contract.js";
import type { Scope } from "../engine/scope.js";
import type { Tensor } from "../tensor/tensor.js";

export class Kept {
  readonly #tensor: Tensor;
  readonly #writes: number;
  readonly #where: readonly [op: string, argument: string];

  /**
   * @param tensor a hold on the memory, in the tape's scope
   * @param writes to the memory when it held what is to be kept
   */
  constructor(where: readonly [op: string, argument: string], tensor: Tensor, writes: number) {
    this.#where = where;
    this.#tensor = tensor;
    this.#writes = writes;
  }

  /** @throws InputError naming the operation and the argument */
  read(): Tensor {
    if (this.#tensor.storage.writes === this.#writes) return this.#tensor;
    const [op, argument] = this.#where;
    throw new InputError(op, argument, "was overwritten after the call, and its gradient needs what the call saw");
  }

  release(scope: Scope): void {
    scope.keep(this.#tensor).dispose();
  }
}
