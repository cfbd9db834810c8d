/** The gradients of the delta rule; states are computed again, nothing but the inputs is kept. */
import type { Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { DType } from "../../tensor/dtype.js";
import { defineOp, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { runDeltaBackward } from "./delta-backward-wasm.js";
import { type DeltaParams, type DeltaRuleOptions, deltaParams, deltaWork } from "./delta-params.js";
import { checkDeltaValues } from "./delta-values.js";
import { recurrenceGroup } from "./group.js";
import { checkPerStep, outputShape } from "./params.js";

export interface DeltaGradients {
  /** Each in the shape and dtype of its operand. */
  readonly dq: Tensor;
  readonly dk: Tensor;
  readonly dv: Tensor;
  readonly dBeta: Tensor;
  /** Of whichever gate was given, with respect to what was given; present with one. */
  readonly dGate?: Tensor;
  /** Present with an initial state. */
  readonly dInitialState?: Tensor;
}

export type DeltaGradientName = keyof DeltaGradients;

export interface DeltaBackwardOptions extends DeltaRuleOptions {
  /** Gradient of the final state; zeros by default. */
  dState?: Tensor;
  /** Where the gradients go, each optional. */
  out?: { -readonly [Name in DeltaGradientName]?: Tensor };
}

export interface DeltaBackwardParams extends DeltaParams {
  readonly gradients: readonly DeltaGradientName[];
}

export const deltaBackwardName = "deltaBackward";

function prepare(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  beta: Tensor,
  dO: Tensor,
  options: Omit<DeltaBackwardOptions, "mask"> = {},
): PreparedCall<DeltaBackwardParams> {
  const { out, dState, ...others } = options;
  const placement = placementOf(deltaBackwardName, others);
  const { params, inputs } = deltaParams(deltaBackwardName, { q, k, v, beta, dO, dState }, others);
  checkPerStep(deltaBackwardName, "dO", dO, outputShape(params), params);
  const { gate = others.signedGate, initialState } = others;
  const like = { dq: q, dk: k, dv: v, dBeta: beta, dGate: gate, dInitialState: initialState };
  const present = Object.entries(like).filter(([, tensor]) => tensor !== undefined) as [DeltaGradientName, Tensor][];
  return {
    inputs,
    names: params.names,
    outputs: present.map(([, { shape, dtype }]): { shape: Shape; dtype: DType } => ({ shape, dtype })),
    params: { ...params, gradients: present.map(([name]) => name) },
    out: present.map(([name]) => out?.[name]),
    ...placement,
  };
}

/** The operation itself, for calls without a padding mask. */
export const deltaBackwardCore = defineOp({
  name: deltaBackwardName,
  prepare,
  work: (params: DeltaBackwardParams) => {
    const { operations, bytes } = deltaWork(params);
    return { operations: 4 * operations, bytes: 3 * bytes, rate: "multiply-add", launches: 6 };
  },
  wasm: { group: recurrenceGroup, check: (...call) => checkDeltaValues(deltaBackwardName, ...call), run: runDeltaBackward },
  bound:
    "rms error <= 1e-5 of the rms of each gradient while beta |k|^2 <= 2: the forward's errors, and sums over columns and steps in f32; " +
    "a gate's gradient is a sum of products, with no difference of sums and no division",
  finish: (outputs, { gradients }: DeltaBackwardParams): DeltaGradients =>
    Object.fromEntries(gradients.map((name, index) => [name, outputs[index]])) as unknown as DeltaGradients,
});
