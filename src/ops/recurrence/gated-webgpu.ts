/** Gated recurrences on the GPU: which form a call takes, and its inputs and outputs by name. */
import type { GpuRun } from "../../backends/webgpu/run.js";
import type { GpuImplementation, GpuOperand } from "../define-op.js";
import { castOnGpu } from "../support/cast-calls.js";
import type { GatedBackwardParams, GatedGradient } from "./gated-gradients.js";
import type { GatedParams } from "./gated-params.js";
import type { BackwardOutputs } from "./gpu-backward.js";
import { unsupportedChannels } from "./gpu-chunks.js";
import { sequentialOnGpu } from "./gpu-sequential.js";
import { runsInChunks } from "./params.js";
import { scalarBackwardOnGpu } from "./scalar-gate-backward-webgpu.js";
import { scalarChunksOnGpu } from "./scalar-gate-webgpu.js";
import { vectorBackwardOnGpu } from "./vector-gate-backward-webgpu.js";
import { vectorChunksOnGpu } from "./vector-gate-webgpu.js";

/** All sequences of a call take one form: the one that the longest takes. */
function inChunks(params: GatedParams): boolean {
  return params.sequences.some(({ steps }) => runsInChunks(params, steps));
}

/** What the shaders read; the bonus, which is small, in f32. */
function operandsOf(g: GpuRun, inputs: readonly GpuOperand[], { at, kind }: GatedParams) {
  const [q, k, v, dO] = [inputs[at.q], inputs[at.k], inputs[at.v], inputs[at.dO]] as [
    ...[GpuOperand, GpuOperand, GpuOperand],
    GpuOperand,
  ];
  const gate = kind === "none" ? undefined : { kind, operand: inputs[at[kind]] as GpuOperand };
  const bonus = inputs[at.bonus];
  return {
    q,
    k,
    v,
    dO,
    gate,
    bonus: bonus && widened(g, bonus),
    initial: inputs[at.initialState],
    dState: inputs[at.dState],
  };
}

function widened(g: GpuRun, operand: GpuOperand): GpuOperand {
  if (operand.dtype === "f32") return operand;
  const wide: GpuOperand = { ...operand, ...g.scratch(4 * operand.size), dtype: "f32" };
  castOnGpu(g, operand, wide, operand.dtype, "f32", operand.size);
  return wide;
}

function encode(g: GpuRun, inputs: readonly GpuOperand[], outputs: readonly GpuOperand[], params: GatedParams): void {
  if (params.sequences.length * params.valueHeads === 0) return;
  const operands = operandsOf(g, inputs, params);
  const results = outputs as readonly [GpuOperand, GpuOperand];
  const { perChannel, exclusive } = params;
  if (!inChunks(params)) sequentialOnGpu(g, params, operands, results, { vector: perChannel, exclusive });
  else if (perChannel) vectorChunksOnGpu(g, params, operands, results, exclusive);
  else scalarChunksOnGpu(g, params, operands, results);
}

export const gatedOnGpu: GpuImplementation<GatedParams> = {
  unsupported: (_, params) => unsupportedChannels(params),
  variant: (_, params) => `${inChunks(params) ? `chunks of ${params.chunk}` : "sequential"} ${params.dtype}`,
  encode,
};

/** Gradients always run in chunks. */
export const gatedBackwardOnGpu: GpuImplementation<GatedBackwardParams> = {
  unsupported: (_, params) => unsupportedChannels(params),
  variant: (_, { chunk, dtype }) => `chunks of ${chunk} ${dtype}`,
  encode(g, inputs, outputs, params) {
    if (params.valueHeads === 0) return;
    const wide = outputs.map((output) =>
      output.dtype === "f32" ? output : { ...output, ...g.scratch(4 * output.size), dtype: "f32" as const },
    );
    const at = (name: GatedGradient) => wide[params.gradients.indexOf(name)];
    const made: BackwardOutputs = {
      dq: at("dq") as GpuOperand,
      dk: at("dk") as GpuOperand,
      dv: at("dv") as GpuOperand,
      dGate: at("dGate") ?? at("dSignedGate") ?? at("dDecay"),
      dBonus: at("dBonus"),
      dInitial: at("dInitialState"),
    };
    const operands = operandsOf(g, inputs, params);
    if (params.perChannel) vectorBackwardOnGpu(g, params, operands, made, params.exclusive);
    else scalarBackwardOnGpu(g, params, operands, made);
    wide.forEach((region, i) => {
      const output = outputs[i] as GpuOperand;
      if (region !== output) castOnGpu(g, region, output, "f32", output.dtype, output.size);
    });
  },
};
