/** The gradients of the delta rule; states are computed again, nothing but the inputs is kept. */
import type { DType } from "../../tensor/dtype.js";
import type { Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp, type Op, type OutputSpec, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { runDeltaBackward } from "./delta-backward-wasm.js";
import { maskDelta, maskRows } from "./delta-mask.js";
import { type DeltaParams, type DeltaRuleOptions, deltaParams, deltaWork } from "./delta-params.js";
import { checkDeltaValues } from "./delta-values.js";
import { deltaBackwardOnGpu } from "./delta-webgpu.js";
import { recurrenceGroup } from "./group.js";
import { checkPerStep, outputShape } from "./params.js";
import { stateShape } from "./state.js";
import { intoGiven, withMask } from "./with-mask.js";

/** Each in the shape and dtype of its operand. */
export interface DeltaGradients {
  readonly dq: Tensor;
  readonly dk: Tensor;
  readonly dv: Tensor;
  readonly dBeta: Tensor;
  /** Present with `gate`, of the log-decays: 0 where one is -Infinity. */
  readonly dGate?: Tensor;
  /** Present with `signedGate`, of the factors. */
  readonly dSignedGate?: Tensor;
  readonly dInitialState: Tensor;
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

type BackwardCall = [q: Tensor, k: Tensor, v: Tensor, beta: Tensor, dO: Tensor, options?: DeltaBackwardOptions];

const op = "deltaBackward";

function prepare(...[q, k, v, beta, dO, options = {}]: BackwardCall): PreparedCall<DeltaBackwardParams> {
  const { out, dState, ...others } = options;
  const placement = placementOf(op, others);
  const { params, inputs } = deltaParams(op, { q, k, v, beta, dO, dState }, others);
  checkPerStep(op, "dO", dO, outputShape(params), params);
  const like: Record<DeltaGradientName, { readonly shape: Shape; readonly dtype: DType } | undefined> = {
    ...{ dq: q, dk: k, dv: v, dBeta: beta, dGate: others.gate, dSignedGate: others.signedGate },
    dInitialState: { shape: stateShape(params), dtype: "f32" },
  };
  const present = Object.entries(like).filter((entry): entry is [DeltaGradientName, Tensor] => entry[1] !== undefined);
  return {
    inputs,
    names: params.names,
    outputs: present.map(([, { shape, dtype }]): OutputSpec => ({ shape, dtype })),
    params: { ...params, gradients: present.map(([name]) => name) },
    ...placement,
    out: present.map(([name]) => out?.[name]),
  };
}

const core = defineOp({
  name: op,
  prepare,
  work: (params: DeltaBackwardParams) => {
    const { operations, bytes } = deltaWork(params);
    return { operations: 4 * operations, bytes: 3 * bytes, rate: "multiply-add", launches: 6 };
  },
  wasm: { group: recurrenceGroup, check: (...call) => checkDeltaValues(op, ...call), run: runDeltaBackward },
  webgpu: deltaBackwardOnGpu,
  bound:
    "rms error <= 1e-5 of the rms of each gradient while beta |k|^2 <= 2: the forward's errors, and sums over columns and steps in f32; " +
    "a gate's gradient is a sum of products, with no difference of sums and no division; on a GPU that of a log gate is a sum of differences, begun anew in every chunk",
  finish: (outputs, { gradients }: DeltaBackwardParams): DeltaGradients =>
    Object.fromEntries(gradients.map((name, index) => [name, outputs[index]])) as unknown as DeltaGradients,
});

/**
 * Gradients of sum(o dO) + sum(state dState) by every argument of `delta`, with its options.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError
 * @example
 * const { dq, dk, dv, dBeta, dGate } = deltaBackward(q, k, v, beta, dO, { gate });
 */
export const deltaBackward: Op<BackwardCall, DeltaBackwardParams, DeltaGradients> = withMask(
  core,
  (mask, q, k, v, beta, dO, { out, ...options } = {}) => {
    const { gates, ...rows } = maskDelta(mask, { k, v, beta }, options);
    const inner = core(q, rows.k, rows.v, rows.beta, mask.apply(dO, 0), { ...options, ...gates });
    // Those of q, k and v are 0 where beta and dO are.
    const { dBeta, dGate, dSignedGate } = inner;
    const masked = {
      dBeta: maskRows(mask, dBeta, options),
      ...(dGate && { dGate: mask.apply(dGate, 0) }),
      ...(dSignedGate && { dSignedGate: mask.apply(dSignedGate, 0) }),
    };
    return intoGiven({ ...inner, ...masked }, out);
  },
);
