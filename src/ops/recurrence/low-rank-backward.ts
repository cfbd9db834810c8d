/** The gradients of the low-rank recurrence, always in chunks; states are recomputed, nothing but the inputs is kept. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp, type Op, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { recurrenceGroup } from "./group.js";
import { type LowRankOptions, type LowRankParams, lowRankParams } from "./low-rank-params.js";
import { runLowRankBackward } from "./low-rank-wasm.js";
import { lowRankBackwardOnGpu } from "./low-rank-webgpu.js";
import { stateShape } from "./state.js";
import { checkValues } from "./values.js";
import { intoGiven, withMask } from "./with-mask.js";

/** f32, in the shapes of what they are gradients of. */
export interface LowRankGradients {
  readonly dq: Tensor;
  readonly dk: Tensor;
  readonly dv: Tensor;
  readonly da: Tensor;
  readonly db: Tensor;
  /** Present with a gate. */
  readonly dGate?: Tensor;
  readonly dInitialState: Tensor;
}

export interface LowRankBackwardOptions extends LowRankOptions {
  /** Gradient of the last state, of its shape; zeros by default. */
  dState?: Tensor;
  /** Where the gradients go, each optional. */
  out?: { -readonly [K in keyof LowRankGradients]?: Tensor };
}

export interface LowRankBackwardParams extends LowRankParams {
  readonly gradients: readonly (keyof LowRankGradients)[];
}

const op = "lowRankBackward";

type BackwardCall = [
  q: Tensor,
  k: Tensor,
  v: Tensor,
  a: Tensor,
  b: Tensor,
  dO: Tensor,
  options?: LowRankBackwardOptions,
];

function prepare(...[q, k, v, a, b, dO, options = {}]: BackwardCall): PreparedCall<LowRankBackwardParams> {
  const { out, dState, ...others } = options;
  const { inputs, params } = lowRankParams(op, { q, k, v, a, b }, others, { dO, dState });
  const shapes = {
    ...{ dq: q.shape, dk: k.shape, dv: v.shape, da: a.shape, db: b.shape },
    ...{ dGate: options.gate?.shape, dInitialState: stateShape(params) },
  };
  const gradients = (Object.keys(shapes) as (keyof typeof shapes)[]).filter((name) => shapes[name] !== undefined);
  return {
    inputs,
    names: params.names,
    outputs: gradients.map((name) => ({ shape: shapes[name] as readonly number[], dtype: "f32" })),
    out: gradients.map((name) => out?.[name]),
    params: { ...params, gradients },
    ...placementOf(op, others),
  };
}

const core = defineOp({
  name: op,
  prepare,
  work: ({ batch, steps, valueHeads, k, v }: LowRankBackwardParams) => ({
    operations: 40 * batch * steps * valueHeads * k * v,
    bytes: 4 * batch * steps * valueHeads * (10 * k + 4 * v),
    rate: "multiply-add",
    launches: 6,
  }),
  wasm: {
    group: recurrenceGroup,
    check: (w, inputs, params) => checkValues(w, op, inputs, params.names, params),
    run: runLowRankBackward,
  },
  webgpu: lowRankBackwardOnGpu,
  bound:
    "rms error <= 1e-5 of the rms of each gradient: the errors of the states, and sums over channels, steps and value heads in f32",
  finish: (outputs, { gradients }: LowRankBackwardParams): LowRankGradients =>
    Object.fromEntries(gradients.map((name, index) => [name, outputs[index]])) as unknown as LowRankGradients,
});

/**
 * Gradients of sum(o dO) + sum(state dState) by every argument of `lowRank`, with its options. A channel that a gate of -Infinity
 * forgets has no gradient by that gate.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError
 * @example
 * const { dq, dk, dv, da, db, dGate } = lowRankBackward(q, k, v, a, b, dO, { gate });
 */
export const lowRankBackward: Op<BackwardCall, LowRankBackwardParams, LowRankGradients> = withMask(
  core,
  (mask, q, k, v, a, b, dO, { out, ...options } = {}) => {
    const gate = options.gate && { gate: mask.apply(options.gate, 0) };
    const inner = core(q, mask.apply(k, 0), v, a, mask.apply(b, 0), mask.apply(dO, 0), { ...options, ...gate });
    // Those of q, v and a are 0 where k, b and dO are.
    const { dk, db, dGate } = inner;
    const masked = { dk: mask.apply(dk, 0), db: mask.apply(db, 0), ...(dGate && { dGate: mask.apply(dGate, 0) }) };
    return intoGiven({ ...inner, ...masked }, out);
  },
);
