/** Backward of L-Mul attention, out of the backward of its two matrix products and of the softmax between them. */
import { DTypeError, InputError, ShapeError } from "../../backends/contract.js";
import type { CallOptions } from "../../engine/operation.js";
import { mul, sub } from "../../ops/binary.js";
import { broadcastTo } from "../../ops/broadcast-to.js";
import { sum } from "../../ops/reduce.js";
import { softmax } from "../../ops/softmax.js";
import { transpose } from "../../ops/transpose.js";
import { where } from "../../ops/where.js";
import { sameShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type AttentionParams, attentionParams, type LMulAttentionOptions, shapeIn } from "./attention-params.js";
import { type GradientMode, gradientModes, lmulMatmulGradients } from "./gradients.js";
import { lmulMatmul } from "./matmul.js";
import type { LMulOptions } from "./options.js";
import { checkCall } from "./placement.js";

export interface AttentionGradientOptions
  extends LMulOptions,
    Pick<LMulAttentionOptions, "scale" | "causal" | "layout" | "keyMask">,
    Omit<CallOptions, "out"> {
  /** As in `lmulGradients`; for both matrix products. */
  mode: GradientMode;
}

export interface AttentionGradients {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
}

/** A score that no key reaches; finite, because a GPU need not know infinities. */
const unseen = -3.4028234e38;

/**
 * Gradients of o = lmulAttention(q, k, v) for an upstream gradient g of o's shape; all in f32, shapes as there. The scores of
 * all rows and keys are held at once, unlike in the forward pass.
 *
 * @throws InputError, DTypeError or ShapeError naming the argument.
 * @example const { q: dq, k: dk, v: dv } = lmulAttentionGradients(q, k, v, g, { mode: "exact", causal: true });
 */
export function lmulAttentionGradients(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  g: Tensor,
  options: AttentionGradientOptions,
): AttentionGradients {
  const op = "lmulAttentionGradients";
  checkCall(op, { q, k, v, g }, options);
  const { mode, scale: _, causal: __, layout: ___, keyMask, on, scope, ...product } = options;
  if (!gradientModes.includes(mode)) {
    throw new InputError(op, "mode", `is ${String(mode)}; expected ${gradientModes.join(", ")}`);
  }
  for (const [name, { dtype }] of Object.entries({ q, k, v, g })) {
    if (dtype !== "f32") throw new DTypeError(op, name, { expected: "f32", actual: dtype });
  }
  const params = attentionParams(op, [q, k, v], options);
  const { layout, batch, rows, keys, heads, kvHeads, d, dv } = params;
  const shape = shapeIn(layout, batch, rows, heads, dv);
  if (!sameShape(g.shape, shape)) throw new ShapeError(op, "g", { expected: shape, actual: g.shape });

  return q.engine.scope(() => {
    const inner = on ? { on } : {};
    const outer = { ...inner, ...(scope && { scope }) };
    const scale = q.engine.tensor([params.scale]);
    const masks = masksOf(params, q.engine, keyMask);
    const masked = (x: Tensor, value: number): Tensor =>
      masks.reduce((rest, mask) => where(mask, rest, q.engine.tensor([value]), inner), x);
    // Heads first, in groups that share keys and values: [B, Hkv, H / Hkv, T, channels].
    const groups = kvHeads === 0 ? 1 : heads / kvHeads;
    const grouped = (x: Tensor, time: number, channels: number, ofKeys = false): Tensor => {
      const first = layout === "bthd" ? transpose(x, { axes: [0, 2, 1, 3], ...inner }) : x;
      const own = first.reshape([batch, kvHeads, ofKeys ? 1 : groups, time, channels]);
      return ofKeys && groups > 1 ? broadcastTo(own, [batch, kvHeads, groups, time, channels], inner) : own;
    };
    const swapped = (x: Tensor): Tensor => transpose(x, { axes: [0, 1, 2, 4, 3], ...inner });
    const ungrouped = (x: Tensor, time: number, channels: number, ofKeys: boolean): Tensor => {
      const each = ofKeys ? sum(x, { axes: 2, ...inner }) : x;
      const first = each.reshape([batch, ofKeys ? kvHeads : heads, time, channels]);
      // What the caller gets is made by the last call, in the caller's scope.
      return transpose(first, { axes: layout === "bthd" ? [0, 2, 1, 3] : [0, 1, 2, 3], ...outer });
    };

    const [qs, ks, vs] = [grouped(q, rows, d), grouped(k, keys, d, true), grouped(v, keys, dv, true)];
    const scores = mul(lmulMatmul(qs, ks, { ...product, ...inner, transposeB: true }), scale, inner);
    const weights = masked(softmax(masked(scores, unseen), inner), 0);
    const upper = lmulMatmulGradients(weights, vs, grouped(g, rows, dv), { ...product, ...inner, mode });
    const mean = sum(mul(upper.a, weights, inner), { axes: -1, keepDims: true, ...inner });
    const toScores = mul(mul(weights, sub(upper.a, mean, inner), inner), scale, inner);
    const lower = lmulMatmulGradients(qs, swapped(ks), toScores, { ...product, ...inner, mode });
    return {
      q: ungrouped(lower.a, rows, d, false),
      k: ungrouped(swapped(lower.b), keys, d, true),
      v: ungrouped(upper.b, keys, dv, true),
    };
  });
}

/** What hides keys, each to be broadcast over [B, Hkv, H / Hkv, Tq, Tk]. */
function masksOf({ causal, rows, keys, batch }: AttentionParams, engine: Tensor["engine"], keyMask?: Tensor): Tensor[] {
  const masks = keyMask ? [keyMask.reshape([batch, 1, 1, 1, keys])] : [];
  if (!causal) return masks;
  const sees = Uint8Array.from({ length: rows * keys }, (_, i) => {
    const row = Math.floor(i / keys);
    return Number((i % keys) - row <= keys - rows);
  });
  return [...masks, engine.tensor(sees, { shape: [rows, keys], dtype: "u8" })];
}
