/** The short causal convolution that stands before many recurrences, with the state that decoding needs. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp, type Op, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { causalConvGradient } from "./causal-conv-gradient.js";
import {
  type CausalConvParams,
  type CausalConvOptions as CommonOptions,
  causalConvParams,
} from "./causal-conv-params.js";
import { runCausalConv } from "./causal-conv-wasm.js";
import { causalConvOnGpu } from "./causal-conv-webgpu.js";
import { recurrenceGroup } from "./group.js";

export interface CausalConvOptions extends CommonOptions {
  /** Where the results go, each optional. `state` may be the initial state: a step in place. */
  out?: { y?: Tensor; state?: Tensor };
}

export interface CausalConvResult {
  /** [B, C, L], in the dtype of x. */
  readonly y: Tensor;
  /** The last width - 1 elements of (initial state, x), [B, C, width - 1]; in the dtype of the initial state, else of x. */
  readonly state: Tensor;
}

type Call = [x: Tensor, weight: Tensor, options?: CausalConvOptions];

const op = "causalConv";

function prepare(...[x, weight, options = {}]: Call): PreparedCall<CausalConvParams> {
  const { out, ...others } = options;
  const placement = placementOf(op, others);
  const { inputs, params } = causalConvParams(op, { x, weight }, others);
  const { batch, channels, width } = params;
  return {
    inputs,
    names: params.names,
    outputs: [
      { shape: x.shape, dtype: x.dtype },
      { shape: [batch, channels, width - 1], dtype: options.initialState?.dtype ?? x.dtype },
    ],
    out: [out?.y, out?.state],
    params,
    ...placement,
  };
}

/**
 * y_t = f(bias + sum_j weight_j s_(t+j)) per channel, s = (initial state, x) along time, f the identity or silu: the last tap
 * multiplies the step's own x. x [B, C, L], f32, f16 or bf16; weight [C, width] or, as ONNX has it, [C, 1, width]. Computed in f32.
 *
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
 * @example
 * const { y, state } = causalConv(x, weight, { bias, activation: "silu", initialState });
 */
export const causalConv: Op<Call, CausalConvParams, CausalConvResult> = defineOp({
  name: op,
  prepare,
  work: ({ batch, channels, steps, width }: CausalConvParams) => ({
    operations: 2 * batch * channels * steps * width,
    bytes: 8 * batch * channels * steps,
    rate: "stream",
    launches: 2,
  }),
  wasm: { group: recurrenceGroup, run: runCausalConv },
  webgpu: causalConvOnGpu,
  bound: "(width + 8) 2^-24 of the sum of |weight s| and |bias|: a sum of width + 1 terms, and silu to 6 ulp",
  gradient: causalConvGradient,
  finish: ([y, state]): CausalConvResult => ({ y: y as Tensor, state: state as Tensor }),
});
