/** The gradients of softmax attention, tiled: the weights are recomputed from the scores and the log-sum-exp. */
import { DTypeError, ShapeError } from "../backends/contract.js";
import { coreGroup } from "../backends/wasm/core-group.js";
import type { Shape } from "../tensor/shape.js";
import { sameShape } from "../tensor/shape.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import { runAttentionBackward } from "./attention/backward-wasm.js";
import { attentionBackwardOnGpu } from "./attention/backward-webgpu.js";
import type { AttentionOptions } from "./attention/options.js";
import { type AttentionParams, attentionParams, shapeIn, visiblePairs } from "./attention/params.js";
import { defineOp, type OutputSpec, type PreparedCall } from "./define-op.js";

export interface AttentionBackwardOptions extends Omit<AttentionOptions, "out"> {
  /** Where the gradients go, each optional. */
  out?: { dq?: Tensor; dk?: Tensor; dv?: Tensor; dBias?: Tensor; dSinks?: Tensor };
}

export interface AttentionGradients {
  readonly dq: Tensor;
  readonly dk: Tensor;
  readonly dv: Tensor;
  /** In the shape of the bias, summed where it was broadcast; present with a bias. */
  readonly dBias?: Tensor;
  /** [H]; present with sinks. */
  readonly dSinks?: Tensor;
}

interface BackwardParams extends AttentionParams {
  readonly gradients: readonly (keyof AttentionGradients)[];
}

const op = "attentionBackward";

function checkOperand(name: string, tensor: Tensor, shape: Shape): void {
  assertTensor(op, name, tensor);
  if (!sameShape(tensor.shape, shape)) throw new ShapeError(op, name, { expected: shape, actual: tensor.shape });
  if (tensor.dtype !== "f32") throw new DTypeError(op, name, { expected: "f32", actual: tensor.dtype });
}

function prepare(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  o: Tensor,
  lse: Tensor,
  dO: Tensor,
  options: AttentionBackwardOptions = {},
): PreparedCall<BackwardParams> {
  const { out, ...others } = options;
  const { params, optional, optionalNames } = attentionParams(op, q, k, v, others, 6);
  if (q.dtype !== "f32") throw new DTypeError(op, "q", { expected: "f32", actual: q.dtype });
  const { layout, batch, rows, heads, dv } = params;
  checkOperand("o", o, shapeIn(layout, batch, rows, heads, dv));
  checkOperand("lse", lse, [batch, heads, rows]);
  checkOperand("dO", dO, o.shape);
  const like = { dq: q, dk: k, dv: v, dBias: options.bias, dSinks: options.sinks };
  const gradients = (Object.keys(like) as (keyof typeof like)[]).filter((name) => like[name] !== undefined);
  return {
    inputs: [q, k, v, o, lse, dO, ...optional],
    names: ["q", "k", "v", "o", "lse", "dO", ...optionalNames],
    outputs: gradients.map((name): OutputSpec => ({ shape: (like[name] as Tensor).shape, dtype: "f32" })),
    out: gradients.map((name) => out?.[name]),
    params: { ...params, gradients },
    ...(options.on ? { on: options.on } : {}),
    ...(options.scope ? { scope: options.scope } : {}),
  };
}

/**
 * Gradients of sum(o dO) with respect to q, k, v, the bias and the sinks (Dao 2023, algorithm 2); f32. `o` and `lse` come from
 * `attentionWithLse` with the same options. A row that sees no key contributes nothing. No gradient of its own.
 *
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
 * @example
 * const { o, lse } = attentionWithLse(q, k, v, { causal: true });
 * const { dq, dk, dv } = attentionBackward(q, k, v, o, lse, dO, { causal: true });
 */
export const attentionBackward = defineOp({
  name: op,
  prepare,
  work: (params: BackwardParams) => {
    const { batch, heads, kvHeads, rows, keys, d, dv } = params;
    return {
      operations: 2 * heads * (3 * d + 2 * dv) * visiblePairs(params),
      bytes: 4 * batch * (d + dv) * 2 * (rows * heads + keys * kvHeads),
      rate: "multiply-add",
    };
  },
  wasm: { group: coreGroup, run: runAttentionBackward },
  webgpu: attentionBackwardOnGpu,
  bound:
    "rms error <= 3e-6 of the rms of each gradient: the weights carry the forward's errors, and every gradient is a sum over rows " +
    "or keys in f32",
  finish: (outputs, { gradients }: BackwardParams): AttentionGradients =>
    Object.fromEntries(gradients.map((name, index) => [name, outputs[index]])) as unknown as AttentionGradients,
});
