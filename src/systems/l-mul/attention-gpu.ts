/** The GPU side of L-Mul attention: a workgroup per query row and head, scores made twice instead of stored. */
import { packParams } from "../../backends/webgpu/run.js";
import type { GpuImplementation } from "../../engine/operation.js";
import { source } from "../../generated/shaders/l-mul-attention.js";
import { sizeOf } from "../../tensor/dtype.js";
import { type AttentionParams, strides } from "./attention-params.js";
import { formatCode, ruleConstants, ruleHeader } from "./rule-block.js";

/** Channels that fit the shader's arrays. */
const MOST_CHANNELS = 1024;

export const attentionGpu: GpuImplementation<AttentionParams> = {
  unsupported: (_, { d, dv }) =>
    Math.max(d, dv) > MOST_CHANNELS ? `more than ${MOST_CHANNELS} channels per head` : undefined,
  // Entries of the batch are independent.
  split: (params) => {
    const { batch, rows, keys, heads, kvHeads, d, dv, dtypes, hasMask } = params;
    const [q, k, v] = dtypes.map(sizeOf) as [number, number, number];
    const operands = [rows * heads * d * q, keys * kvHeads * d * k, keys * kvHeads * dv * v];
    return {
      units: batch,
      inputBytes: hasMask ? [...operands, keys] : operands,
      outputBytes: [rows * heads * dv * 4],
      narrow: (start, end) => ({ ...params, batch: end - start }),
    };
  },
  encode(g, inputs, outputs, params) {
    const { rule, use, layout, dtypes, batch, heads, kvHeads, rows, keys, d, dv } = params;
    const [q, k, v, mask] = inputs;
    if (!q || !k || !v || batch * rows * heads * dv === 0) return;
    const offsets = [
      strides(layout, rows, heads, d),
      strides(layout, keys, kvHeads, d),
      strides(layout, keys, kvHeads, dv),
      strides(layout, rows, heads, dv),
    ].flatMap(({ row, head, batch }) => [row, head, batch, 0]);
    const formats = dtypes.map((dtype) => `${formatCode[dtype]}u`) as [string, string, string];
    g.dispatch({
      label: "l-mul-attention",
      shader: source,
      constants: {
        Q_FORMAT: formats[0],
        K_FORMAT: formats[1],
        V_FORMAT: formats[2],
        HAS_MASK: params.hasMask,
        ...ruleConstants(rule, use),
      },
      params: packParams(
        ...[rows, keys],
        ...ruleHeader(rule, use),
        ...[heads, kvHeads, d, dv],
        { f32: params.scale },
        params.causal ? 1 : 0,
        ...[0, 0],
        ...offsets,
      ),
      // A binding must exist; without a mask it is never read.
      bindings: [q, k, v, mask ?? k, ...outputs],
      groups: batch * heads * rows,
    });
  },
};
