/** States: one matrix per sequence and value head, f32 whatever the inputs are. Copies of them, for going back. */
import { DTypeError, InputError } from "../../backends/contract.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { copy } from "../broadcast-to.js";
import { checkShapeOf, type RecurrenceParams } from "./params.js";

type StateSizes = Pick<RecurrenceParams, "sequences" | "valueHeads" | "k" | "v" | "stateLayout">;

/** [N, HV, K, V] or [N, HV, V, K]. */
export function stateShape({ sequences, valueHeads, k, v, stateLayout }: StateSizes): number[] {
  return [sequences.length, valueHeads, ...(stateLayout === "kv" ? [k, v] : [v, k])];
}

/** @throws ShapeError, DTypeError naming the argument; a state of the other layout is one of another shape unless K is V. */
export function checkState(op: string, name: string, state: Tensor | undefined, sizes: StateSizes): void {
  if (state === undefined) return;
  assertTensor(op, name, state);
  if (state.dtype !== "f32") throw new DTypeError(op, name, { expected: "f32", actual: state.dtype });
  checkShapeOf(op, name, state, stateShape(sizes));
}

/** Bytes from one key channel's element of a state to the next, and from one value channel's. */
export function stateSteps({ k, v, stateLayout }: Pick<StateSizes, "k" | "v" | "stateLayout">): {
  k: number;
  v: number;
} {
  return stateLayout === "kv" ? { k: 4 * v, v: 4 } : { k: 4, v: 4 * k };
}

/** The same state in memory of its own. */
export function cloneState(state: Tensor): Tensor {
  return copy(state);
}

/** Copies of the states of a model, to come back to: before tokens that may turn out wrong, for example. */
export function saveStates(states: readonly Tensor[]): Tensor[] {
  return states.map((state) => copy(state));
}

/** Puts what `saveStates` kept back into the states, which stay the same tensors; the copies stay good. */
export function rollback(states: readonly Tensor[], saved: readonly Tensor[]): void {
  if (states.length !== saved.length) {
    throw new InputError("rollback", "saved", `has ${saved.length} states, expected ${states.length}`);
  }
  states.forEach((state, index) => {
    copy(saved[index] as Tensor, { out: state });
  });
}
