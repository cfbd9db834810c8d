/**
 * Recomputation in place of memory (Griewank and Walther 2000; Chen et al. 2016): what a function makes on the way is dropped, and made
 * again when its gradient is due.
 */
import { InputError } from "../backends/contract.js";
import type { PreparedCall } from "../engine/operation.js";
import type { AnySpec } from "../engine/placement.js";
import { currentRecorder, type Recorder, withRecorder } from "../engine/recorder.js";
import { Tensor } from "../tensor/tensor.js";
import { Tape } from "./tape.js";
import { leavesOf, mapTree, tensorsOf } from "./trees.js";

/** Which tensors a function takes from outside, with the writes to their memory before it ran. */
class Captures implements Recorder {
  readonly taken = new Map<Tensor, number>();
  readonly #made = new WeakSet<Tensor>();

  call<P>(_spec: AnySpec<P>, { inputs }: PreparedCall<P>) {
    for (const input of inputs) this.#take(input);
    return (outputs: readonly Tensor[]) => {
      for (const output of outputs) this.#made.add(output);
    };
  }

  view(base: Tensor, view: Tensor): void {
    this.#take(base);
    this.#made.add(view);
  }

  #take(tensor: Tensor): void {
    if (!this.#made.has(tensor) && !this.taken.has(tensor)) this.taken.set(tensor, tensor.storage.writes);
  }
}

/**
 * A function that does the same, but under a tape keeps only its arguments: in the backward pass it runs again. Wrapping each of the T
 * steps of a long sequence, or each layer, holds one step's memory in place of all. `fn` must be synchronous and give the same again,
 * and may use tensors from outside; where nothing is recorded it simply runs.
 *
 * @example
 * const block = checkpoint((x, p) => layer(x, p));
 * const gradients = grad((params) => loss(params.reduce((x, p) => block(x, p), input)))(params);
 */
export function checkpoint<Args extends readonly unknown[], R>(fn: (...args: Args) => R): (...args: Args) => R {
  return (...args) => {
    const tape = currentRecorder();
    return tape instanceof Tape ? recordCheckpoint(tape, fn, args) : fn(...args);
  };
}

function settled<R>(result: R): R {
  if (result instanceof Promise) throw new InputError("checkpoint", "fn", "returned a promise; it must be synchronous");
  return result;
}

function recordCheckpoint<Args extends readonly unknown[], R>(tape: Tape, fn: (...args: Args) => R, args: Args): R {
  const { engine } = tape;
  const given = args.flatMap((arg, index) => leavesOf(arg, `#${index}`)).filter(({ value }) => value instanceof Tensor);
  const own = given.map(({ value }) => value as Tensor);
  const operands = tape.operandsOf(
    "checkpoint",
    own,
    given.map(({ path }) => path),
  );
  const captures = new Captures();
  const result = engine.scope(() => withRecorder(captures, () => settled(fn(...args))));
  const taken = [...captures.taken].filter(([tensor]) => !own.includes(tensor));
  tape.capture(taken.map(([tensor]) => tensor));
  const inputs = [...own, ...taken.map(([tensor]) => tensor)];
  const slots = inputs.map((input) => tape.slotOf(input));
  const to = inputs.flatMap((_, index) => (slots[index] ? [index] : []));
  if (to.length === 0) return result;
  const all = {
    op: "checkpoint",
    inputs,
    names: [...operands.names, ...taken.map((_, index) => `captured #${index}`)],
    slots,
    writes: [...operands.writes, ...taken.map(([, writes]) => writes)],
  };
  const run = (gradients: readonly (Tensor | undefined)[], reads: readonly Tensor[]) => {
    const inner = new Tape(engine);
    // What was captured is found by the function itself, so it must be watched under its own name.
    const variables = to.map((index) => inner.watch((index < own.length ? reads : inputs)[index] as Tensor));
    const again = reads.values();
    const values = mapTree(args, (leaf) => (leaf instanceof Tensor ? again.next().value : leaf)) as unknown as Args;
    try {
      for (const [index, output] of tensorsOf(inner.run(() => fn(...values))).entries()) {
        const gradient = gradients[index];
        if (gradient) inner.slotOf(output)?.add(gradient.alias(), false);
      }
      inner.backward(false);
      return variables.map((slot) => slot.take(engine));
    } finally {
      inner.release();
    }
  };
  tape.record(all, tensorsOf(result), [{ to, reads: inputs, run }]);
  return result;
}
