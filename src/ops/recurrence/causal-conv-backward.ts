/** The gradients of the causal convolution; the sums before the activation are made again. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp, type Op, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { type CausalConvOptions, type CausalConvParams, causalConvParams } from "./causal-conv-params.js";
import { runCausalConvBackward } from "./causal-conv-wasm.js";
import { causalConvBackwardOnGpu } from "./causal-conv-webgpu.js";
import { recurrenceGroup } from "./group.js";

/** f32, in the shapes of what they are gradients of. */
export interface CausalConvGradients {
  readonly dx: Tensor;
  readonly dWeight: Tensor;
  readonly dInitialState: Tensor;
  /** Present with a bias. */
  readonly dBias?: Tensor;
}

export interface CausalConvBackwardOptions extends CausalConvOptions {
  /** Gradient of the new state; zeros by default. */
  dState?: Tensor;
  /** Where the gradients go, each optional. */
  out?: { -readonly [K in keyof CausalConvGradients]?: Tensor };
}

export interface CausalConvBackwardParams extends CausalConvParams {
  readonly gradients: readonly (keyof CausalConvGradients)[];
}

type Call = [x: Tensor, weight: Tensor, dY: Tensor, options?: CausalConvBackwardOptions];

const op = "causalConvBackward";

function prepare(...[x, weight, dY, options = {}]: Call): PreparedCall<CausalConvBackwardParams> {
  const { out, dState, ...others } = options;
  const placement = placementOf(op, others);
  const { inputs, params } = causalConvParams(op, { x, weight }, others, { dY, dState });
  const { batch, channels, width } = params;
  const shapes = {
    ...{ dx: x.shape, dWeight: weight.shape, dInitialState: [batch, channels, width - 1] },
    dBias: options.bias?.shape,
  };
  const gradients = (Object.keys(shapes) as (keyof typeof shapes)[]).filter((name) => shapes[name] !== undefined);
  return {
    inputs,
    names: params.names,
    outputs: gradients.map((name) => ({ shape: shapes[name] as readonly number[], dtype: "f32" })),
    out: gradients.map((name) => out?.[name]),
    params: { ...params, gradients },
    ...placement,
  };
}

/**
 * Gradients of sum(y dY) + sum(state dState) by every argument of `causalConv`, with its options; f32.
 *
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
 * @example
 * const { dx, dWeight, dBias } = causalConvBackward(x, weight, dY, { bias, activation: "silu" });
 */
export const causalConvBackward: Op<Call, CausalConvBackwardParams, CausalConvGradients> = defineOp({
  name: op,
  prepare,
  work: ({ batch, channels, steps, width }: CausalConvBackwardParams) => ({
    operations: 6 * batch * channels * steps * width,
    bytes: 12 * batch * channels * steps,
    rate: "stream",
    launches: 3,
  }),
  wasm: { group: recurrenceGroup, run: runCausalConvBackward },
  webgpu: causalConvBackwardOnGpu,
  bound: "rms error <= 1e-5 of the rms of each gradient: sums over taps, and over steps in f32 for weight and bias",
  finish: (outputs, { gradients }: CausalConvBackwardParams): CausalConvGradients =>
    Object.fromEntries(gradients.map((name, index) => [name, outputs[index]])) as unknown as CausalConvGradients,
});
