/** Softmax attention, tiled: no T x T array is ever made. */
import { coreGroup } from "../backends/wasm/core-group.js";
import type { Tensor } from "../tensor/tensor.js";
import type { AttentionOptions } from "./attention/options.js";
import { type AttentionParams, attentionParams, shapeIn, visiblePairs } from "./attention/params.js";
import { runAttention } from "./attention/wasm.js";
import { attentionOnGpu } from "./attention/webgpu.js";
import { defineOp, type OutputSpec, type PreparedCall, type Work } from "./define-op.js";

const bound =
  "rms error <= 1e-6 of the rms of o for scores of a few units: each score carries d roundings (d 2^-24 sum |q k| scale), which " +
  "the softmax passes on as relative errors of the weights; the online rescaling and the exponential add 2 ulp per tile of 64 keys";

function prepare(name: string, withLse: boolean) {
  return (q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): PreparedCall<AttentionParams> => {
    const { params, optional, optionalNames } = attentionParams(name, q, k, v, options, 3);
    const { layout, batch, rows, heads, dv, dtype } = params;
    const o: OutputSpec = { shape: shapeIn(layout, batch, rows, heads, dv), dtype };
    return {
      inputs: [q, k, v, ...optional],
      names: ["q", "k", "v", ...optionalNames],
      outputs: withLse ? [o, { shape: [batch, heads, rows], dtype: "f32" }] : [o],
      out: [options.out],
      params,
      ...(options.on ? { on: options.on } : {}),
      ...(options.scope ? { scope: options.scope } : {}),
    };
  };
}

function work(params: AttentionParams): Work {
  const { batch, heads, kvHeads, rows, keys, d, dv, dtype } = params;
  const size = dtype === "f32" ? 4 : 2;
  return {
    operations: 2 * heads * (d + dv) * visiblePairs(params),
    bytes: size * batch * (d + dv) * (rows * heads + keys * kvHeads),
    rate: "multiply-add",
  };
}

const wasm = { group: coreGroup, run: runAttention };

/**
 * o = softmax(scale q k^T + ...) v with q [B, Tq, H, D], k [B, Tk, Hkv, D], v [B, Tk, Hkv, Dv] -> [B, Tq, H, Dv], tiled with an
 * online softmax (Dao et al. 2022; Dao 2023). Hkv divides H (grouped and multi-query attention). f32, f16 or bf16, the same
 * for all three and the result; scores, weights and sums are f32.
 *
 * The score of row i and key j is softCap(scale q_i . k_j) + bias + ALiBi; keys that the causal mask or the window hide count
 * as absent. A row that sees no key gives 0. A masked key must still be finite, because it may share a tile with a visible one.
 *
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
 * @example
 * const o = attention(q, k, v, { causal: true, window: 1024 });
 */
export const attention = defineOp({
  name: "attention",
  prepare: prepare("attention", false),
  work,
  wasm,
  webgpu: attentionOnGpu(false),
  bound,
});

export interface AttentionWithLse {
  readonly o: Tensor;
  /** m + log sum e^(score - m) per row, the sink included; -Infinity where no key is visible. [B, H, Tq], f32. */
  readonly lse: Tensor;
}

/** `attention`, and the log-sum-exp of every row, which `attentionBackward` takes; `out` receives o. */
export const attentionWithLse = defineOp({
  name: "attentionWithLse",
  prepare: prepare("attentionWithLse", true),
  work,
  wasm,
  webgpu: attentionOnGpu(true),
  bound,
  finish: ([o, lse]): AttentionWithLse => ({ o: o as Tensor, lse: lse as Tensor }),
});
