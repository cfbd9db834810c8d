/** Attention whose products are L-Mul, before and after the softmax. */
import type { PreparedCall } from "../../engine/operation.js";
import { defineOp } from "../../ops/define-op.js";
import { sizeOf } from "../../tensor/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";
import { runAttention } from "./attention-cpu.js";
import { attentionGpu } from "./attention-gpu.js";
import { type AttentionParams, attentionParams, type LMulAttentionOptions, shapeIn } from "./attention-params.js";
import { attentionGradient } from "./attention-straight-through.js";
import { lmulGroup } from "./group.js";
import { placementOf } from "./placement.js";
import type { RuleUse } from "./rule-block.js";

export function prepareAttention(
  op: string,
  operands: readonly [Tensor, Tensor, Tensor],
  options: LMulAttentionOptions,
  use?: RuleUse,
): PreparedCall<AttentionParams> {
  const params = attentionParams(op, operands, options, use);
  const { layout, batch, rows, heads, dv } = params;
  return {
    inputs: options.keyMask ? [...operands, options.keyMask] : operands,
    names: ["q", "k", "v", "keyMask"],
    outputs: [{ shape: shapeIn(layout, batch, rows, heads, dv), dtype: "f32" }],
    params,
    ...placementOf(op, options),
  };
}

export function attentionWork({ batch, heads, kvHeads, rows, keys, d, dv, dtypes }: AttentionParams) {
  const [q, k, v] = dtypes.map(sizeOf) as [number, number, number];
  const bytes = batch * (rows * heads * (d * q + dv * 4) + keys * kvHeads * (d * k + dv * v));
  return { operations: 2 * batch * heads * rows * keys * (d + dv), bytes, rate: "multiply-add" as const };
}

/**
 * o = L(softmax(scale L(q, k^T)), v), where L is a matrix product of L-Mul products (Luo and Sun 2024, Eq. 3); scale and
 * softmax are ordinary.
 *
 * q [B, Tq, H, D], k [B, Tk, Hkv, D], v [B, Tk, Hkv, Dv] -> o [B, Tq, H, Dv] in f32; any of f32, bf16, f16, e4m3, e5m2,
 * also mixed. Hkv divides H (grouped heads). Tq may be less than Tk: decoding against a cache of keys and values. The
 * weights are normalised before they are multiplied, as the equation says; a row that sees no key gives 0. Under a tape, the
 * gradients are those of ordinary products.
 *
 * @throws InputError, DTypeError or ShapeError naming the argument.
 * @example lmulAttention(q, k, v, { causal: true, k: 4 })
 */
export const lmulAttention = defineOp({
  name: "lmulAttention",
  prepare: (q: Tensor, k: Tensor, v: Tensor, options: LMulAttentionOptions = {}) =>
    prepareAttention("lmulAttention", [q, k, v], options),
  work: attentionWork,
  wasm: { group: lmulGroup, run: runAttention },
  webgpu: attentionGpu,
  gradient: attentionGradient,
  bound:
    "|o - oracle| <= 2^-23 Tk sum |term|, and what a weight off by a few ulp (the exponential is good to 2) changes when " +
    "it is cut to k bits; bit-equal on any number of threads",
});
