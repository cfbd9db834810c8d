/** Gradients of the additive recurrence over f32: what `lightnetBackward` comes down to. */
import { DTypeError } from "../../backends/contract.js";
import { defineOp, type OutputSpec, type PreparedCall } from "../../ops/define-op.js";
import { checkShapeOf, outputShape } from "../../ops/recurrence/params.js";
import { checkState } from "../../ops/recurrence/state.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { type CoreParams, prepareCore, productOperations, stateOutputs } from "./additive.js";
import { runAdditiveBackward } from "./additive-backward-cpu.js";
import { additiveBackwardOnGpu } from "./additive-backward-gpu.js";
import { lightnetGroup } from "./group.js";
import type { LightNetOptions } from "./params.js";
import { checkPerChannel } from "./state.js";

/** Gradients of the state after: of S, and of its log normaliser z = max + ln sum. */
export interface StateGradients {
  readonly s?: Tensor;
  readonly z?: Tensor;
}

export interface AdditiveBackwardOptions extends LightNetOptions {
  dState?: StateGradients;
}

export interface AdditiveGradients {
  readonly dq: Tensor;
  readonly dk: Tensor;
  readonly dv: Tensor;
  /** Present with a gate. */
  readonly dGate?: Tensor;
  /** Of the state before, were it given or not. */
  readonly dInitialState: { readonly s: Tensor; readonly z: Tensor };
}

const op = "lightnetBackward";

function prepare(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  dO: Tensor,
  options: AdditiveBackwardOptions = {},
): PreparedCall<CoreParams> {
  const { dState, ...others } = options;
  assertTensor(op, "dO", dO);
  const call = prepareCore(op, { q, k, v }, others, { dO, dS: dState?.s, dZ: dState?.z });
  const { params } = call;
  if (dO.dtype !== "f32") throw new DTypeError(op, "dO", { expected: "f32", actual: dO.dtype });
  checkShapeOf(op, "dO", dO, outputShape(params));
  checkState(op, "dState.s", dState?.s, params);
  checkPerChannel(op, "dState.z", dState?.z, params);
  const like = (tensor: Tensor): OutputSpec => ({ shape: tensor.shape, dtype: "f32" });
  const [s, z] = stateOutputs(params) as [OutputSpec, OutputSpec];
  return { ...call, outputs: [like(q), like(k), like(v), s, z, ...(params.hasKey ? [like(k)] : [])] };
}

export const additiveBackward = defineOp({
  name: op,
  prepare,
  work: (params: CoreParams) => {
    const { batch, steps, heads, k, v } = params;
    const bytes = 8 * batch * steps * heads * ((params.hasKey ? 3 : 2) * k + 2 * v);
    return { operations: 3 * productOperations(params), bytes, rate: "multiply-add" as const, launches: 6 };
  },
  wasm: { group: lightnetGroup, run: runAdditiveBackward },
  webgpu: additiveBackwardOnGpu,
  bound: "rms error <= 1e-5 of the rms of each gradient; those of the logits are differences of nearly equal sums",
  finish: ([dq, dk, dv, s, z, dGate]): AdditiveGradients => ({
    dq: dq as Tensor,
    dk: dk as Tensor,
    dv: dv as Tensor,
    ...(dGate ? { dGate } : {}),
    dInitialState: { s: s as Tensor, z: z as Tensor },
  }),
});
