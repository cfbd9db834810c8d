/** Gradients of softmax attention on the GPU: statistics of the rows, then one pass for q and one for k and v. */
import { type GpuRun, packParams } from "../../backends/webgpu/run.js";
import { source as keysShader } from "../../generated/shaders/attention-backward-keys.js";
import { source as queriesShader } from "../../generated/shaders/attention-backward-queries.js";
import { source as rowsShader } from "../../generated/shaders/attention-backward-rows.js";
import { source as sinksShader } from "../../generated/shaders/attention-backward-sinks.js";
import type { GpuImplementation, GpuOperand } from "../define-op.js";
import { groupsFor } from "../support/gpu.js";
import { addressing, commonConstants, commonParams, optionalInputs, stretchesOnGpu } from "./gpu-params.js";
import type { AttentionParams } from "./params.js";

/** Rows, or keys, that a workgroup owns. */
const tile = 32;
/** Channels beyond which an invocation runs out of registers. */
const mostChannels = 256;

const blocks = (channels: number) => Math.max(1, Math.ceil(channels / 64));

/** Inputs q, k, v, o, lse, dO and the optional ones; outputs dq, dk, dv, then dBias and dSinks where bias and sinks are. */
function encode(
  g: GpuRun,
  inputs: readonly GpuOperand[],
  outputs: readonly GpuOperand[],
  params: AttentionParams,
): void {
  const { batch, heads, kvHeads, rows, d, dv } = params;
  const [q, k, v, o, lse, gradient] = inputs as [
    GpuOperand,
    GpuOperand,
    GpuOperand,
    GpuOperand,
    GpuOperand,
    GpuOperand,
  ];
  const [dq, dk, dvOut] = outputs as [GpuOperand, GpuOperand, GpuOperand];
  const { bias, slopes, sinks } = optionalInputs(inputs, params);
  const hasBias = params.inputs.bias >= 0;
  const allRows = batch * heads * rows;
  const stats = g.scratch(4 * (2 * allRows + heads));
  const of = addressing(params, "o", 0);
  g.dispatch({
    label: "attentionBackward (rows)",
    shader: rowsShader,
    constants: { HAS_SLOPES: params.inputs.alibiSlopes >= 0 },
    params: packParams(rows, heads, allRows, dv, of.batch, of.head, of.row),
    bindings: [o, gradient, lse, slopes, stats],
    groups: groupsFor(Math.max(allRows, heads)),
  });
  const common = commonConstants(params);
  for (const stretch of stretchesOnGpu(params)) {
    const oOf = { ...addressing(params, "o", stretch.firstRow), lseStart: stretch.firstRow, lseHead: rows };
    const words = commonParams(params, stretch, 0, oOf, [0, allRows]);
    const operands = [q, k, v, gradient, stats, bias];
    g.dispatch({
      label: "attentionBackward (q)",
      shader: queriesShader,
      constants: { ...common, COLUMN_BLOCKS: blocks(d), BIAS_GRADIENT: hasBias },
      params: words,
      bindings: [...operands, dq, hasBias ? (outputs[3] as GpuOperand) : g.scratch(16)],
      groups: Math.ceil(stretch.rows / tile) * stretch.batch * heads,
    });
    g.dispatch({
      label: "attentionBackward (k, v)",
      shader: keysShader,
      constants: { ...common, K_BLOCKS: blocks(d), V_BLOCKS: blocks(dv) },
      params: words,
      bindings: [...operands, dk, dvOut],
      groups: Math.ceil(stretch.keys / tile) * stretch.batch * kvHeads,
    });
  }
  if (params.inputs.sinks < 0) return;
  g.dispatch({
    label: "attentionBackward (sinks)",
    shader: sinksShader,
    params: packParams(rows, heads, allRows),
    bindings: [stats, sinks, outputs.at(-1) as GpuOperand],
    groups: heads,
  });
}

export const attentionBackwardOnGpu: GpuImplementation<AttentionParams> = {
  unsupported: (_, { d, dv, batch, heads, rows, keys, inputs, biasStrides, sequences }) => {
    if (Math.max(d, dv) > mostChannels) return `more than ${mostChannels} channels`;
    if (inputs.bias < 0) return undefined;
    const whole = [heads * rows * keys, rows * keys, keys, 1];
    const repeats = [batch, heads, rows, keys].some((extent, axis) => extent > 1 && biasStrides[axis] !== whole[axis]);
    return repeats || sequences
      ? "the gradient of a bias that is broadcast, or of packed sequences, is summed on the CPU"
      : undefined;
  },
  variant: () => "tiled f32",
  encode,
};
