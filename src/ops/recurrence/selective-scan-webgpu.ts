/** The selective scan on the GPU: chunks on their own, the pass over them, their outputs; a short call is outputs alone. */
import { type GpuRegion, type GpuRun, packParams } from "../../backends/webgpu/run.js";
import { source as chunksShader } from "../../generated/shaders/selective-chunks.js";
import { source as gateShader } from "../../generated/shaders/selective-gate.js";
import { source as outputsShader } from "../../generated/shaders/selective-outputs.js";
import { source as passShader } from "../../generated/shaders/selective-pass.js";
import { source as stepsShader } from "../../generated/shaders/selective-steps.js";
import type { GpuImplementation, GpuOperand } from "../define-op.js";
import { groupsFor } from "../support/gpu.js";
import { intoOperand } from "../support/gpu-floats.js";
import { mostStates, operandsOnGpu, SelectiveChunks, type SelectiveOperands } from "./selective-scan-gpu.js";
import type { SelectiveScanParams } from "./selective-scan-params.js";

/** Steps of a chunk; a call whose sequences have no more takes one launch over the states. */
const chunkSteps = 64;

/** Step sizes, [B, D, L]. */
export function stepSizesOnGpu(
  g: GpuRun,
  { delta, deltaBias }: SelectiveOperands,
  params: SelectiveScanParams,
): GpuRegion {
  const { batch, channels, steps, softplus } = params;
  const count = batch * channels * steps;
  const sizes = g.scratch(4 * count);
  g.dispatch({
    label: "selectiveScan (steps)",
    shader: stepsShader,
    constants: { HAS_BIAS: deltaBias !== undefined, SOFTPLUS: softplus },
    params: packParams(count, steps, channels),
    bindings: [delta as GpuRegion, deltaBias ?? (delta as GpuRegion), sizes],
    groups: groupsFor(count),
  });
  return sizes;
}

/** Products of coefficients (slot 0) and starting states (slot 1) of all chunks; the last states go to `last`. */
export function startsOnGpu(
  chunks: SelectiveChunks,
  { u, a, rows, initialState }: SelectiveOperands,
  stepSizes: GpuRegion,
  pairs: GpuRegion,
  last: GpuRegion,
): void {
  const { LANES, PER, REGULAR, SIGNED, CONSTANT_B } = chunks.constants;
  chunks.g.dispatch({
    label: "selectiveScan (chunks)",
    shader: chunksShader,
    constants: { LANES, PER, REGULAR, SIGNED, CONSTANT_B },
    params: chunks.fields(),
    bindings: [u as GpuRegion, stepSizes, a as GpuRegion, rows, chunks.table, pairs],
    groups: chunks.groups,
  });
  passOnGpu(chunks, initialState, pairs, 1, last, false);
}

/** Slot `slot` of the pairs, from what each chunk made of nothing to what it begins from. */
export function passOnGpu(
  chunks: SelectiveChunks,
  initial: GpuRegion | undefined,
  pairs: GpuRegion,
  slot: number,
  last: GpuRegion,
  isReversed: boolean,
): void {
  const { channels, states, sequences } = chunks.params;
  const width = channels * states;
  chunks.g.dispatch({
    label: "selectiveScan (pass)",
    shader: passShader,
    constants: { HAS_INITIAL: initial !== undefined, REGULAR: chunks.isRegular, REVERSED: isReversed },
    params: packParams(width, chunks.count, chunks.perSequence, sequences.length, slot),
    bindings: [chunks.ranges, initial ?? chunks.ranges, pairs, last],
    groups: Math.ceil((sequences.length * width) / 64),
  });
}

/** c h of every step, [B, D, L]. */
export function readOutsOnGpu(
  chunks: SelectiveChunks,
  { u, a, rows }: SelectiveOperands,
  stepSizes: GpuRegion,
  starts: GpuRegion | undefined,
  y: GpuRegion,
  last?: GpuRegion,
): void {
  chunks.g.dispatch({
    label: "selectiveScan (outputs)",
    shader: outputsShader,
    constants: { ...chunks.constants, ALONE: last !== undefined, HAS_START: starts !== undefined },
    params: chunks.fields(),
    bindings: [
      ...[u as GpuRegion, stepSizes, a as GpuRegion, rows, chunks.table],
      ...[starts ?? rows, y, last ?? chunks.g.scratch(16)],
    ],
    groups: chunks.groups,
  });
}

function encode(
  g: GpuRun,
  inputs: readonly GpuOperand[],
  outputs: readonly GpuOperand[],
  params: SelectiveScanParams,
): void {
  const [y, state] = outputs as [GpuOperand, GpuOperand];
  const { batch, channels, steps, sequences } = params;
  if (state.size === 0) return;
  const operands = operandsOnGpu(g, inputs, params);
  const { u, d, z, initialState } = operands;
  const stepSizes = stepSizesOnGpu(g, operands, params);
  const longest = sequences.reduce((most, sequence) => Math.max(most, sequence.steps), 0);
  const isShort = longest <= chunkSteps && sequences.every((sequence) => sequence.steps > 0);
  const chunks = new SelectiveChunks(g, params, chunkSteps);
  const count = batch * channels * steps;
  intoOperand(g, y, (target) => {
    const isPlain = !d && !z;
    const read = isPlain ? target : g.scratch(4 * count);
    if (isShort) readOutsOnGpu(chunks, operands, stepSizes, initialState, read, state);
    else {
      const pairs = g.scratch(2 * chunks.slotBytes);
      startsOnGpu(chunks, operands, stepSizes, pairs, state);
      readOutsOnGpu(chunks, operands, stepSizes, pairs, read);
    }
    if (isPlain) return;
    g.dispatch({
      label: "selectiveScan (gate)",
      shader: gateShader,
      constants: { HAS_SKIP: d !== undefined, HAS_GATE: z !== undefined },
      params: packParams(count, steps, channels),
      bindings: [read, u as GpuRegion, d ?? read, z ?? read, target],
      groups: groupsFor(count),
    });
  });
}

export const selectiveScanOnGpu: GpuImplementation<SelectiveScanParams> = {
  unsupported: (_, { states }) => (states > mostStates ? `more than ${mostStates} states` : undefined),
  variant: () => "chunks of 64 steps",
  encode,
};
