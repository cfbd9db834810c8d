/** The arguments of the low-rank recurrence, checked; forward, backward and both backends read what comes of them. */
import type { Tensor } from "../../tensor/tensor.js";
import { shapeIn } from "../attention/params.js";
import { type InputList, listInputs } from "./inputs.js";
import type { RecurrenceOptions } from "./options.js";
import { checkPerStep, gateShape, type RecurrenceParams, recurrenceParams } from "./params.js";
import { checkState } from "./state.js";

export interface LowRankArguments {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface LowRankOptions extends RecurrenceOptions {
  /** Log-decays of the key channels, [B, T, HV, K]; -Infinity forgets a channel. No decay by default. */
  gate?: Tensor;
}

export type LowRankInput = "q" | "k" | "v" | "a" | "b" | "gate" | "initialState" | "dO" | "dState";

export interface LowRankParams extends RecurrenceParams {
  /** Steps of a chunk on a GPU, whose tiles are of 64 rows. */
  readonly chunkOnGpu: number;
  readonly at: InputList<LowRankInput>["at"];
  readonly names: InputList<LowRankInput>["names"];
}

/** @throws InputError, ShapeError, DTypeError, DisposedError naming the argument */
export function lowRankParams(
  op: string,
  args: LowRankArguments,
  options: LowRankOptions,
  gradients: { readonly dO?: Tensor; readonly dState?: Tensor | undefined } = {},
): { readonly inputs: readonly Tensor[]; readonly params: LowRankParams } {
  const params = recurrenceParams(op, args, options, { chunks: [16, 32, 64] });
  const { layout, batch, steps, heads, k } = params;
  const likeKeys = shapeIn(layout, batch, steps, heads, k);
  checkPerStep(op, "a", args.a, likeKeys, params);
  checkPerStep(op, "b", args.b, likeKeys, params);
  if (options.gate) checkPerStep(op, "gate", options.gate, gateShape(params, k), params);
  checkState(op, "initialState", options.initialState, params);
  if (gradients.dO) checkPerStep(op, "dO", gradients.dO, args.v.shape, params);
  checkState(op, "dState", gradients.dState, params);
  const { inputs, names, at } = listInputs<LowRankInput>({
    ...{ q: args.q, k: args.k, v: args.v, a: args.a, b: args.b },
    ...{ gate: options.gate, initialState: options.initialState, dO: gradients.dO, dState: gradients.dState },
  });
  return { inputs, params: { ...params, chunkOnGpu: options.chunk ?? 64, at, names } };
}
