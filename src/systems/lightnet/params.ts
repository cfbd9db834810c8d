/** What a call of the additive recurrence comes down to, checked; forward, backward and both backends read it. */
import { DTypeError, ShapeError } from "../../backends/contract.js";
import { checkFlag, checkOneOf, type RecurrenceOptions } from "../../ops/recurrence/options.js";
import {
  checkPerStep,
  checkShapeOf,
  gateShape,
  type RecurrenceParams,
  recurrenceParams,
} from "../../ops/recurrence/params.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkInitialState, type InitialState } from "./state.js";

export interface LightNetOptions extends Omit<RecurrenceOptions, "initialState" | "allowGrowth"> {
  /**
   * Logits of the decay where they are not the key: [B, T, H, K], or [B, T, H] for one per head. k is then an ordinary key.
   * Without it the key is e^k normalised, as in the paper.
   */
  gate?: Tensor;
  /** Every query sees every token, before and after: one scan instead of two. */
  global?: boolean;
  /** What stands before the first token: nothing, or a token of logit 0 and value 0. */
  seed?: "none" | "one";
  initialState?: InitialState;
}

export interface AdditiveParams extends RecurrenceParams {
  readonly global: boolean;
  /** Whether k is a key of its own beside the gate. */
  readonly hasKey: boolean;
}

/**
 * Checks q, k [B, T, H, K], v [B, T, H, V] and the options.
 * @throws InputError, ShapeError, DTypeError, DisposedError naming the argument
 */
export function additiveParams(
  op: string,
  operands: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor },
  options: LightNetOptions,
): AdditiveParams {
  const { gate, initialState, ...shared } = options;
  const params = recurrenceParams(op, operands, shared, { chunks: [64, 32, 16] });
  if (params.heads !== params.valueHeads) {
    throw new ShapeError(op, "v", { expected: `${params.heads} heads, as q`, actual: operands.v.shape });
  }
  if (gate !== undefined)
    checkPerStep(op, "gate", gate, gateShape(params, gate.rank === 3 ? undefined : params.k), params);
  checkInitialState(op, initialState, params);
  checkOneOf(op, "seed", options.seed, ["none", "one"]);
  return { ...params, global: checkFlag(op, "global", options.global), hasKey: gate !== undefined };
}

/** The kernels take f32, and a gate per channel; `lightnet` makes them of anything else. */
export function checkCore(
  op: string,
  tensors: Readonly<Record<string, Tensor | undefined>>,
  params: AdditiveParams,
): void {
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor && tensor.dtype !== "f32") throw new DTypeError(op, name, { expected: "f32", actual: tensor.dtype });
  }
  if (tensors.gate) checkShapeOf(op, "gate", tensors.gate, gateShape(params, params.k));
}

/** Tokens that are worked on together: one at a time in the sequential form. */
export function chunkOf({ form, chunk, sequences }: AdditiveParams): number {
  if (form === "sequential") return 1;
  const longest = sequences.reduce((most, { steps }) => Math.max(most, steps), 1);
  return Math.min(chunk, longest);
}
