/** The additive recurrence over f32 with a gate per channel: what `lightnet` comes down to. */
import { defineOp, type OutputSpec, type PreparedCall } from "../../ops/define-op.js";
import { listInputs } from "../../ops/recurrence/inputs.js";
import { outputShape } from "../../ops/recurrence/params.js";
import { stateShape } from "../../ops/recurrence/state.js";
import { placementOf } from "../../ops/support/call-options.js";
import type { Tensor } from "../../tensor/tensor.js";
import { runAdditive } from "./additive-cpu.js";
import { additiveOnGpu } from "./additive-gpu.js";
import { additiveGradient } from "./additive-gradient.js";
import { lightnetGroup } from "./group.js";
import { type AdditiveParams, additiveParams, checkCore, type LightNetOptions } from "./params.js";
import type { LightNetState } from "./state.js";

/** The tensors of a call, gradients of the results among them; absent ones are -1 in `at`. */
export type InputName = "q" | "k" | "v" | "gate" | "s0" | "max" | "sum" | "z" | "dO" | "dS" | "dZ";

export interface CoreParams extends AdditiveParams {
  readonly at: Readonly<Record<InputName, number>>;
}

export interface AdditiveOptions extends LightNetOptions {
  out?: { o?: Tensor; state?: Partial<LightNetState> };
}

export interface AdditiveResult {
  readonly o: Tensor;
  readonly state: LightNetState;
}

/** Checks a call and lists its inputs; `gradients` are those of the results. */
export function prepareCore(
  op: string,
  operands: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor },
  options: LightNetOptions,
  gradients: { readonly dO?: Tensor; readonly dS?: Tensor | undefined; readonly dZ?: Tensor | undefined } = {},
): Pick<PreparedCall<CoreParams>, "inputs" | "names" | "params" | "on" | "scope"> {
  const params = additiveParams(op, operands, options);
  checkCore(op, { ...operands, gate: options.gate }, params);
  const { s: s0, max, sum, z } = options.initialState ?? {};
  const { dO, dS, dZ } = gradients;
  const given = { ...operands, gate: options.gate, s0, max, sum, z, dO, dS, dZ };
  const { inputs, names, at } = listInputs<InputName>(given);
  return { inputs, names, params: { ...params, at }, ...placementOf(op, options) };
}

/** 2 per multiply-add of the products with the state and within a chunk. */
export function productOperations({ batch, steps, heads, k, v, chunk, global }: AdditiveParams): number {
  return 4 * batch * steps * heads * (k * v + (global ? 0 : (chunk * (k + v)) / 4));
}

/** f32 [N, H, K, V] (or as the layout says), [N, H, K], [N, H, K]. */
export function stateOutputs(params: AdditiveParams): OutputSpec[] {
  const gates = { shape: [params.sequences.length, params.heads, params.k], dtype: "f32" } as const;
  return [{ shape: stateShape(params), dtype: "f32" }, gates, gates];
}

function prepare(q: Tensor, k: Tensor, v: Tensor, options: AdditiveOptions = {}): PreparedCall<CoreParams> {
  const { out, ...others } = options;
  const call = prepareCore("lightnet", { q, k, v }, others);
  const { s, max, sum } = out?.state ?? {};
  return {
    ...call,
    outputs: [{ shape: outputShape(call.params), dtype: "f32" }, ...stateOutputs(call.params)],
    out: [out?.o, s, max, sum],
  };
}

export const additive = defineOp({
  name: "lightnet",
  prepare,
  work: (params: CoreParams) => {
    const { batch, steps, heads, k, v } = params;
    const bytes = 4 * batch * steps * heads * ((params.hasKey ? 3 : 2) * k + 2 * v);
    return { operations: productOperations(params), bytes, rate: "multiply-add" as const, launches: 3 };
  },
  wasm: { group: lightnetGroup, run: runAdditive },
  webgpu: additiveOnGpu,
  bound:
    "rms error <= 1e-6 of the rms of o and of each part of the state, for any finite logits: weights are products of two " +
    "exponentials of small arguments, sums are f32 in order",
  gradient: additiveGradient,
  finish: ([o, s, max, sum]): AdditiveResult => ({
    o: o as Tensor,
    state: { s: s as Tensor, max: max as Tensor, sum: sum as Tensor },
  }),
});
