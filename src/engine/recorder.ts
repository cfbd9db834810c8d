/**
 * Who listens to calls while a function is recorded: the tape of src/autograd, or nobody, which costs a look at one variable.
 * Recording is synchronous, so one recorder for all engines of the program is enough.
 */
import type { Tensor } from "../tensor/tensor.js";
import type { PreparedCall } from "./operation.js";
import type { AnySpec } from "./placement.js";

export interface Recorder {
  /**
   * A checked call is about to run: its operands still hold what it will read.
   * @returns what to do with its results; undefined when they are of no interest
   */
  call<P>(
    spec: AnySpec<P>,
    call: PreparedCall<P>,
    args: readonly unknown[],
  ): ((outputs: readonly Tensor[]) => void) | undefined;
  /** `view` shows bytes of `base`'s storage. */
  view(base: Tensor, view: Tensor): void;
}

let current: Recorder | undefined;

export function currentRecorder(): Recorder | undefined {
  return current;
}

/** Runs `body` with `recorder` listening, or with nobody. */
export function withRecorder<R>(recorder: Recorder | undefined, body: () => R): R {
  const outer = current;
  current = recorder;
  try {
    return body();
  } finally {
    current = outer;
  }
}
