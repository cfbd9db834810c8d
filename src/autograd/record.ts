/** A function's value, and the way back from it: what grad and valueAndGrad are made of. */
import { DisposedError, DTypeError, InputError, ShapeError, UnsupportedError } from "../backends/contract.js";
import { currentRecorder } from "../engine/recorder.js";
import type { TensorHost } from "../engine/tensor-host.js";
import { fill } from "../ops/fill.js";
import { gradientDType, isFloat } from "../tensor/dtype.js";
import { sameShape } from "../tensor/shape.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import type { Slot } from "./slot.js";
import { Tape } from "./tape.js";
import { engineOf, mapTree, variablesOf } from "./trees.js";

/** Which arguments to differentiate with respect to, by position; the first one when absent. */
export interface GradientOptions<Of extends number | readonly number[] = number> {
  readonly of?: Of;
}

export interface BackwardOptions {
  /** Keeps the tape for another backward(); dispose() then gives its memory back. */
  readonly keep?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: a function of any arguments; who calls it has the types
export type Recordable = (...args: any[]) => Tensor;

/** A function that has run once under a tape. From `record`. */
export class Recording<G> implements Disposable {
  /** What the function returned; the caller's. */
  readonly value: Tensor;
  readonly #op: string;
  readonly #tape: Tape;
  readonly #result: Slot | undefined;
  readonly #form: unknown;
  readonly #variables: readonly Slot[];
  #used = false;

  constructor(op: string, fn: Recordable, args: readonly unknown[], of: number | readonly number[]) {
    refuseNested(op);
    const engine = engineOf(op, args);
    const form = typeof of === "number" ? argumentAt(op, args, of) : of.map((at) => argumentAt(op, args, at));
    const places = [of].flat().map((at) => ({ path: `#${at}`, value: args[at] }));
    const tensors = variablesOf(op, places);
    const tape = new Tape(engine);
    this.#op = op;
    this.#tape = tape;
    this.#form = form;
    this.#variables = tensors.map((tensor) => tape.watch(tensor));
    try {
      this.value = tape.run(() => checkValue(op, fn(...args), engine));
      this.#result = tape.slotOf(this.value);
    } catch (error) {
      tape.release();
      throw error;
    }
  }

  /**
   * The gradients of sum(value seed), in the form of the arguments that they belong to. Frees the tape.
   * @param seed in the shape and dtype of the value; 1 when absent, which needs a value of one element
   * @throws DisposedError the second time; ShapeError without a seed for a value of several elements; InputError for an operand
   *         that was overwritten meanwhile; UnsupportedError while another function is recorded
   */
  backward(seed?: Tensor, { keep = false }: BackwardOptions = {}): G {
    const op = this.#op;
    if (this.#used) {
      throw new DisposedError(op, "tape", "has been used and freed; backward(seed, { keep: true }) keeps it");
    }
    refuseNested(op);
    const { engine } = this.#tape;
    if (seed !== undefined) checkSeed(op, seed, this.value);
    else if (this.value.size !== 1) {
      throw new ShapeError(op, "value", { expected: "one element, or a seed for backward", actual: this.value.shape });
    }
    try {
      return engine.scope(() => {
        const { shape, dtype } = this.value;
        const start = seed?.alias() ?? fill(engine, shape, 1, { dtype: gradientDType(dtype) });
        this.#result?.add(start, seed === undefined);
        this.#tape.backward(keep);
        const gradients = this.#variables.map((slot) => slot.take(engine));
        return mapTree(this.#form, () => gradients.shift()) as G;
      });
    } finally {
      if (!keep) this.dispose();
    }
  }

  /** Gives the tape's memory back. Safe to call twice. */
  dispose(): void {
    this.#used = true;
    this.#tape.release();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function refuseNested(op: string): void {
  if (!currentRecorder()) return;
  throw new UnsupportedError(op, "a function is being recorded, and gradients of gradients are not supported");
}

function argumentAt(op: string, args: readonly unknown[], at: number): unknown {
  if (Number.isInteger(at) && at >= 0 && at < args.length) return args[at];
  throw new InputError(op, "of", `names argument ${String(at)}; there are ${args.length}`);
}

function checkValue(op: string, value: unknown, engine: TensorHost): Tensor {
  if (value instanceof Promise) throw new InputError(op, "fn", "returned a promise; it must be synchronous");
  assertTensor(op, "value", value);
  if (value.engine !== engine) throw new InputError(op, "value", "belongs to another engine");
  if (!isFloat(value.dtype)) throw new DTypeError(op, "value", { expected: "a float", actual: value.dtype });
  return value;
}

function checkSeed(op: string, seed: Tensor, value: Tensor): void {
  assertTensor(op, "seed", seed);
  if (seed.engine !== value.engine) throw new InputError(op, "seed", "belongs to another engine");
  if (!sameShape(seed.shape, value.shape)) {
    throw new ShapeError(op, "seed", { expected: value.shape, actual: seed.shape });
  }
  const expected = gradientDType(value.dtype);
  if (seed.dtype !== expected) throw new DTypeError(op, "seed", { expected, actual: seed.dtype });
}
