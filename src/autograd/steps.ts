/** What a tape is made of: calls and views, each of which passes gradients on from its results to its operands. */
import type { Pullback } from "../engine/gradient.js";
import type { Scope } from "../engine/scope.js";
import type { TensorHost } from "../engine/tensor-host.js";
import { sizeOfShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Kept } from "./kept.js";
import type { Slot } from "./slot.js";

export interface Step {
  /** The slots of what it made. */
  readonly results: readonly (Slot | undefined)[];
  /** Runs when the gradients of all results have come, at least one of them. */
  pass(engine: TensorHost): void;
  /** Gives back what was held for `pass`. */
  release(scope: Scope): void;
}

/** A pullback and the tensors that it reads. */
export interface Prepared {
  readonly pullback: Pullback;
  readonly kept: readonly Kept[];
}

interface Contribution {
  readonly slot: Slot;
  readonly gradient: Tensor;
  readonly isOwn: boolean;
}

export class CallStep implements Step {
  readonly results: readonly (Slot | undefined)[];
  readonly #op: string;
  readonly #operands: readonly (Slot | undefined)[];
  readonly #names: readonly string[];
  readonly #prepared: readonly Prepared[];

  constructor(
    op: string,
    operands: readonly (Slot | undefined)[],
    names: readonly string[],
    results: readonly (Slot | undefined)[],
    prepared: readonly Prepared[],
  ) {
    this.#op = op;
    this.#operands = operands;
    this.#names = names;
    this.results = results;
    this.#prepared = prepared;
  }

  pass(engine: TensorHost): void {
    const gradients = this.results.map((slot) => slot?.sum);
    for (const prepared of this.#prepared) {
      const contributions = engine.scope(() => this.#run(prepared, gradients));
      for (const { slot, gradient, isOwn } of contributions) slot.add(gradient, isOwn);
    }
  }

  release(scope: Scope): void {
    for (const { kept } of this.#prepared) for (const one of kept) one.release(scope);
  }

  /** What a pullback gives to the slots that want it; everything else that it makes goes with the scope around it. */
  #run({ pullback, kept }: Prepared, gradients: readonly (Tensor | undefined)[]): Contribution[] {
    const reads = kept.map((one) => one.read());
    const foreign = new Set([...gradients, ...reads].flatMap((tensor) => (tensor ? [tensor.storage] : [])));
    const made = pullback.run(gradients, reads);
    return pullback.to.flatMap((operand, index) => {
      const slot = this.#operands[operand];
      if (!slot) return [];
      const gradient = made[index] as Tensor;
      slot.check(`gradient of ${this.#op}`, this.#names[operand] ?? `#${operand}`, gradient);
      const isOwn = !foreign.has(gradient.storage);
      foreign.add(gradient.storage);
      return [{ slot, gradient: isOwn ? gradient : gradient.alias(), isOwn }];
    });
  }
}

export class ViewStep implements Step {
  readonly results: readonly [Slot];
  readonly #base: Slot;
  readonly #start: number;

  /** @param start of the view in its base, in elements */
  constructor(base: Slot, view: Slot, start: number) {
    this.#base = base;
    this.results = [view];
    this.#start = start;
  }

  pass(): void {
    const [view] = this.results;
    const gradient = view.sum as Tensor;
    // The view's slot is emptied next, so its memory becomes the base's.
    if (gradient.size === sizeOfShape(this.#base.shape)) this.#base.add(gradient.reshape(this.#base.shape), view.isOwn);
    else this.#base.addPart(gradient.alias(), this.#start);
  }

  release(): void {}
}
