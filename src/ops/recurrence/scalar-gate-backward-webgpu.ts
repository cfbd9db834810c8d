/** Gradients of recurrences with one gate per row and head on the GPU. */
import type { GpuRun } from "../../backends/webgpu/run.js";
import { source as outputsShader } from "../../generated/shaders/recurrence-scalar-outputs.js";
import {
  type BackwardOperands,
  type BackwardOutputs,
  backwardOnGpu,
  gradientParams,
  type SegmentGradients,
  sumOnGpu,
} from "./gpu-backward.js";
import { blocksOf, type Rows, rowsOf, strideOf } from "./gpu-chunks.js";
import { scalarGateGradients, signedGateGradients } from "./gpu-gate-gradients.js";
import { countChunks } from "./gpu-segments.js";
import type { RecurrenceParams } from "./params.js";

interface Made {
  readonly label: string;
  readonly x: Rows;
  readonly y: Rows;
  readonly z: Rows;
  readonly result: Rows;
  /** From the rows behind, and the gradients of states. */
  readonly reversed: boolean;
  /** The result has the channels of k. */
  readonly transposed: boolean;
}

/** One of dq, dk and dv: recurrence-scalar-outputs.wgsl says which is which. */
function rowGradients(
  { chunks, segment, decays, states, gradients }: SegmentGradients,
  { label, x, y, z, result, reversed, transposed }: Made,
): void {
  chunks.launch(label, outputsShader, segment, {
    constants: {
      REVERSED: reversed,
      TRANSPOSED: transposed,
      QUADS: chunks.quads,
      COLUMN_BLOCKS: blocksOf(transposed ? chunks.params.k : chunks.params.v),
      X_FORMAT: x.format,
      Y_FORMAT: y.format,
      Z_FORMAT: z.format,
      FORMAT: result.format,
    },
    x,
    y,
    z,
    result,
    bindings: (table) => [
      ...[x.region, y.region, z.region, decays, reversed ? gradients : states],
      ...[table, result.region],
    ],
    groups: chunks.rowGroups(segment),
  });
}

export function scalarBackwardOnGpu(
  g: GpuRun,
  given: RecurrenceParams,
  operands: BackwardOperands,
  outputs: BackwardOutputs,
): void {
  const { gate } = operands;
  const { dGate } = outputs;
  const params = gradientParams(given, gate);
  const { valueHeads, batch, steps, k } = params;
  const allChunks = countChunks(params);
  const perHead = gate?.kind === "decay" ? g.scratch(4 * Math.max(1, allChunks * valueHeads)) : undefined;
  const perChannel =
    gate?.kind === "signedGate" ? g.scratch(4 * Math.max(1, batch * steps * valueHeads * k)) : undefined;
  backwardOnGpu(g, params, operands, outputs, { vector: false }, (made) => {
    const { rows, dq, dk, dv } = made;
    const { q, k: keys, v, dO } = rows;
    rowGradients(made, { label: "dq", x: dO, y: v, z: keys, result: dq, reversed: false, transposed: true });
    rowGradients(made, { label: "dk", x: v, y: dO, z: q, result: dk, reversed: true, transposed: true });
    rowGradients(made, { label: "dv", x: keys, y: q, z: dO, result: dv, reversed: true, transposed: false });
    if (!gate || !dGate) return;
    if (perChannel) {
      signedGateGradients(made, gate, { region: perChannel, stride: strideOf(params, "value", k), format: 8 });
    } else {
      const result = rowsOf(params, dGate, "value", 1);
      scalarGateGradients(made, perHead ? { ...result, region: perHead } : result, perHead !== undefined);
    }
  });
  if (!dGate) return;
  if (perHead) {
    sumOnGpu(g, perHead, dGate, {
      count: valueHeads,
      inner: valueHeads,
      outerStep: 0,
      major: allChunks,
      majorStep: valueHeads,
    });
  }
  if (perChannel) sumOnGpu(g, perChannel, dGate, { count: dGate.size, inner: 1, outerStep: k, minor: k, minorStep: 1 });
}
