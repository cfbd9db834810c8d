/**
 * The state of an additive recurrence. Beside the matrix S [N, H, K, V], which is a weighted mean of value rows and so never
 * larger than they are, every key channel has its normaliser z = ln sum e^x as a pair: the greatest logit so far and the sum of
 * e^(x - max). One f32 for z would lose digits of every weight as z grows.
 */
import { DTypeError, InputError } from "../../backends/contract.js";
import type { CallOptions } from "../../engine/operation.js";
import { add } from "../../ops/binary.js";
import { copy } from "../../ops/broadcast-to.js";
import { checkShapeOf, type RecurrenceParams } from "../../ops/recurrence/params.js";
import { checkState } from "../../ops/recurrence/state.js";
import { log } from "../../ops/unary.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";

export interface LightNetState {
  /** [N, H, K, V], or [N, H, V, K] with stateLayout "vk". */
  readonly s: Tensor;
  /** [N, H, K]; -Infinity in a channel that has seen no token. */
  readonly max: Tensor;
  /** [N, H, K]; 0 in a channel that has seen no token. */
  readonly sum: Tensor;
}

/** A state to begin with: the normaliser as `max` and `sum`, or as `z`; S = 0 when `s` is absent. */
export interface InitialState {
  readonly s?: Tensor;
  readonly max?: Tensor;
  readonly sum?: Tensor;
  /** [N, H, K]; -Infinity in a channel that has seen no token. */
  readonly z?: Tensor;
}

type Sizes = Pick<RecurrenceParams, "sequences" | "valueHeads" | "k" | "v" | "stateLayout">;

/** One f32 per key channel, [N, H, K]. @throws ShapeError, DTypeError naming the argument */
export function checkPerChannel(op: string, name: string, tensor: Tensor | undefined, sizes: Sizes): void {
  if (tensor === undefined) return;
  assertTensor(op, name, tensor);
  if (tensor.dtype !== "f32") throw new DTypeError(op, name, { expected: "f32", actual: tensor.dtype });
  checkShapeOf(op, name, tensor, [sizes.sequences.length, sizes.valueHeads, sizes.k]);
}

/** That a normaliser is given once: as z, as max and sum, or not at all. @throws InputError naming initialState */
export function checkNormaliser(
  op: string,
  { max, sum, z }: { [part in "max" | "sum" | "z"]?: Tensor | undefined },
): void {
  if ((max === undefined) !== (sum === undefined)) {
    throw new InputError(op, "initialState", "has one of max and sum without the other");
  }
  if (z !== undefined && max !== undefined) throw new InputError(op, "initialState", "has z beside max and sum");
}

/** @throws InputError, ShapeError, DTypeError naming the part */
export function checkInitialState(op: string, state: InitialState | undefined, sizes: Sizes): void {
  if (state === undefined) return;
  const { s, max, sum, z } = state;
  checkNormaliser(op, state);
  if (s !== undefined && z === undefined && max === undefined) {
    throw new InputError(op, "initialState", "has s without z (or max and sum), which says how much s weighs");
  }
  checkState(op, "initialState.s", s, sizes);
  for (const [name, tensor] of Object.entries({ max, sum, z })) {
    checkPerChannel(op, `initialState.${name}`, tensor, sizes);
  }
}

/** z = max + ln sum, [N, H, K]; -Infinity in a channel that has seen no token. */
export function logNormaliser({ max, sum }: LightNetState, options: CallOptions = {}): Tensor {
  return max.engine.scope(() => add(max, log(sum, options.on ? { on: options.on } : {}), options));
}

/** The same state in memory of its own. */
export function cloneLightNetState({ s, max, sum }: LightNetState): LightNetState {
  return { s: copy(s), max: copy(max), sum: copy(sum) };
}
