/** Gradients of the selective scan on the GPU: states at the starts of chunks, gradients at their ends, then the chunks themselves. */
import { type GpuRegion, type GpuRun, packParams } from "../../backends/webgpu/run.js";
import { source as sumsShader } from "../../generated/shaders/recurrence-sums.js";
import { source as channelSumsShader } from "../../generated/shaders/selective-channel-sums.js";
import { source as gateShader } from "../../generated/shaders/selective-gate-gradients.js";
import { source as gradientsShader } from "../../generated/shaders/selective-gradients.js";
import { source as inputsShader } from "../../generated/shaders/selective-input-gradients.js";
import { source as reverseShader } from "../../generated/shaders/selective-reverse.js";
import type { GpuImplementation, GpuOperand } from "../define-op.js";
import { moveOnGpu, wholeRegion } from "../movement/region.js";
import { groupsFor } from "../support/gpu.js";
import type { SelectiveScanBackwardParams } from "./selective-scan-backward.js";
import { aligned, mostStates, operandsOnGpu, SelectiveChunks, type SelectiveOperands } from "./selective-scan-gpu.js";
import { passOnGpu, readOutsOnGpu, startsOnGpu, stepSizesOnGpu } from "./selective-scan-webgpu.js";

/** Steps of a chunk: its states stay with the invocation that makes them. */
const chunkSteps = 16;
/** Channels whose dB and dC a workgroup adds up. */
const partChannels = 64;

/** Where the results of the chunks lie in one buffer, in elements. */
function layoutOf(params: SelectiveScanBackwardParams) {
  const { batch, channels, states, steps, groups, constantB, constantC, sequences } = params;
  const chunks = sequences.reduce((sum, sequence) => sum + Math.ceil(sequence.steps / chunkSteps), 0);
  const parts = Math.ceil(channels / groups / partChannels);
  const perStep = aligned(batch * channels * steps);
  const perChunk = aligned(chunks * channels * states);
  const rows = aligned(parts * batch * groups * steps * states);
  const dB = 2 * perStep + perChunk;
  const dC = dB + (constantB ? perChunk : rows);
  return { parts, dSteps: batch * channels * steps, dA: 2 * perStep, dB, dC, size: dC + (constantC ? perChunk : rows) };
}

/** Gradients of the read-outs: dY, or through the gate, which has a gradient too. */
function readOutGradients(
  chunks: SelectiveChunks,
  operands: SelectiveOperands,
  stepSizes: GpuRegion,
  pairs: GpuRegion,
  dZ: GpuRegion | undefined,
): GpuRegion {
  const { g, params } = chunks;
  const { batch, channels, steps } = params;
  const { u, d, z, dY } = operands;
  if (!dZ) return dY as GpuRegion;
  const count = batch * channels * steps;
  const [read, gradient] = [g.scratch(4 * count), g.scratch(4 * count)];
  readOutsOnGpu(chunks, operands, stepSizes, pairs, read);
  g.dispatch({
    label: "selectiveScanBackward (gate)",
    shader: gateShader,
    constants: { HAS_SKIP: d !== undefined },
    params: packParams(count, steps, channels),
    bindings: [read, u as GpuRegion, d ?? read, z as GpuRegion, dY as GpuRegion, gradient, dZ],
    groups: groupsFor(count),
  });
  return gradient;
}

/** result [count] = the sum of `parts` stretches of `count` elements. */
function sumParts(g: GpuRun, x: GpuRegion, parts: number, count: number, result: GpuRegion): void {
  g.dispatch({
    label: "selectiveScanBackward (sums)",
    shader: sumsShader,
    params: packParams(count, count, 0, parts, count, 1, 0),
    bindings: [x, result],
    groups: Math.ceil(count / 64),
  });
}

function encode(
  g: GpuRun,
  inputs: readonly GpuOperand[],
  outputs: readonly GpuOperand[],
  params: SelectiveScanBackwardParams,
): void {
  const { batch, channels, states, steps, groups, constantB, constantC, softplus, gradients: names } = params;
  const target = (name: (typeof names)[number]) => outputs[names.indexOf(name)];
  const [du, dDelta] = [target("du") as GpuOperand, target("dDelta") as GpuOperand];
  const operands = operandsOnGpu(g, inputs, params);
  const { u, delta, a, rows, d, deltaBias, dState } = operands;
  const stepSizes = stepSizesOnGpu(g, operands, params);
  const chunks = new SelectiveChunks(g, params, chunkSteps);
  const { constants } = chunks;
  const { LANES, PER, REGULAR, SIGNED, CONSTANT_C } = constants;
  const pairs = g.scratch(3 * chunks.slotBytes);
  startsOnGpu(chunks, operands, stepSizes, pairs, g.scratch(4 * params.sequences.length * channels * states));
  const gradient = readOutGradients(chunks, operands, stepSizes, pairs, target("dZ"));
  g.dispatch({
    label: "selectiveScanBackward (reverse)",
    shader: reverseShader,
    constants: { LANES, PER, REGULAR, SIGNED, CONSTANT_C },
    params: chunks.fields(),
    bindings: [gradient, stepSizes, a as GpuRegion, rows, chunks.table, pairs],
    groups: chunks.groups,
  });
  passOnGpu(chunks, dState, pairs, 2, target("dInitialState") as GpuOperand, true);

  const at = layoutOf(params);
  const results = g.scratch(4 * at.size);
  const perState = chunks.shape.per;
  g.dispatch({
    label: "selectiveScanBackward (chunks)",
    shader: gradientsShader,
    constants: { ...constants, STATES: `${17 * perState}u`, ROWS: `${16 * perState}u` },
    params: chunks.fields([partChannels, at.parts, at.dSteps, at.dA, at.dB, at.dC]),
    bindings: [u as GpuRegion, stepSizes, a as GpuRegion, rows, chunks.table, gradient, pairs, results],
    groups: chunks.count * groups * at.parts,
  });
  const count = batch * channels * steps;
  g.dispatch({
    label: "selectiveScanBackward (inputs)",
    shader: inputsShader,
    constants: { HAS_BIAS: deltaBias !== undefined, HAS_SKIP: d !== undefined, SOFTPLUS: softplus },
    params: packParams(count, steps, channels, at.dSteps),
    bindings: [results, gradient, delta as GpuRegion, deltaBias ?? results, d ?? results, du, dDelta],
    groups: groupsFor(count),
  });

  const part = (offset: number, elements: number): GpuRegion => ({
    buffer: results.buffer,
    offset: results.offset + 4 * offset,
    bytes: 4 * elements,
  });
  const width = channels * states;
  const overChunks = (offset: number, result: GpuRegion) =>
    sumParts(g, part(offset, chunks.count * width), chunks.count, width, result);
  overChunks(at.dA, target("dA") as GpuOperand);
  const rowCount = batch * groups * steps * states;
  const overParts = (offset: number, result: GpuRegion) => {
    const sum = g.scratch(4 * rowCount);
    sumParts(g, part(offset, at.parts * rowCount), at.parts, rowCount, sum);
    const turned = wholeRegion([batch * groups, states, steps], [states * steps, 1, states]);
    moveOnGpu(g, "selectiveScanBackward (rows)", "f32", sum, result, turned);
  };
  (constantB ? overChunks : overParts)(at.dB, target("dB") as GpuOperand);
  (constantC ? overChunks : overParts)(at.dC, target("dC") as GpuOperand);
  const channelSums = (x: GpuRegion, y: GpuRegion | undefined, result: GpuRegion | undefined) => {
    if (!result) return;
    g.dispatch({
      label: "selectiveScanBackward (channels)",
      shader: channelSumsShader,
      constants: { PRODUCTS: y !== undefined },
      params: packParams(batch, channels, steps),
      bindings: [x, y ?? x, result],
      groups: channels,
    });
  };
  channelSums(gradient, u, target("dD"));
  channelSums(dDelta, undefined, target("dDeltaBias"));
}

export const selectiveScanBackwardOnGpu: GpuImplementation<SelectiveScanBackwardParams> = {
  unsupported: ({ limits }, params) => {
    if (params.states > mostStates) return `more than ${mostStates} states`;
    const slots = params.sequences.reduce((sum, { steps }) => sum + Math.ceil(steps / chunkSteps), 0);
    const bytes = 4 * Math.max(layoutOf(params).size, 3 * slots * params.channels * params.states);
    return bytes > limits.maxStorageBufferBindingSize ? "what its chunks leave does not fit one binding" : undefined;
  },
  variant: () => "chunks of 16 steps",
  encode,
};
