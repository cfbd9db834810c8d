/** Gradients of recurrences with one gate per channel of k on the GPU. */
import type { GpuRegion, GpuRun } from "../../backends/webgpu/run.js";
import { source as bonusShader } from "../../generated/shaders/recurrence-bonus-gradients.js";
import { source as rowProductsShader } from "../../generated/shaders/recurrence-row-products.js";
import { source as gradientsShader } from "../../generated/shaders/recurrence-vector-gradients.js";
import { source as outputsShader } from "../../generated/shaders/recurrence-vector-outputs.js";
import type { GpuOperand } from "../define-op.js";
import { groupsFor } from "../support/gpu.js";
import {
  type BackwardOperands,
  type BackwardOutputs,
  backwardOnGpu,
  gradientParams,
  type SegmentGradients,
  sumOnGpu,
} from "./gpu-backward.js";
import { blocksOf, rowsOf } from "./gpu-chunks.js";
import { signedGateGradients, vectorGateGradients } from "./gpu-gate-gradients.js";
import { countChunks } from "./gpu-segments.js";
import type { RecurrenceParams } from "./params.js";

/** dq, or dk from the rows behind and the gradients of states. */
function keyGradients(made: SegmentGradients, of: "dq" | "dk", exclusive: boolean): void {
  const { chunks, segment, decays, rows } = made;
  const reversed = of === "dk";
  const [x, y, z] = reversed ? [rows.v, rows.dO, rows.q] : [rows.dO, rows.v, rows.k];
  const result = made[of];
  chunks.launch(of, gradientsShader, segment, {
    constants: {
      VECTOR: true,
      TRANSPOSED: true,
      REVERSED: reversed,
      EXCLUSIVE: exclusive,
      QUADS: chunks.quads,
      COLUMN_BLOCKS: blocksOf(chunks.params.k),
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
      ...[x.region, y.region, z.region, decays, reversed ? made.gradients : made.states],
      ...[table, result.region],
    ],
    groups: chunks.rowGroups(segment),
  });
}

function valueGradients(
  { chunks, segment, decays, gradients, rows, dv }: SegmentGradients,
  bonus: GpuOperand | undefined,
  exclusive: boolean,
): void {
  const { q, k, dO } = rows;
  chunks.launch("dv", outputsShader, segment, {
    constants: {
      VECTOR: true,
      REVERSED: true,
      EXCLUSIVE: exclusive,
      HAS_BONUS: bonus !== undefined,
      QUADS: chunks.quads,
      COLUMN_BLOCKS: blocksOf(chunks.params.v),
      X_FORMAT: k.format,
      Y_FORMAT: q.format,
      Z_FORMAT: dO.format,
      FORMAT: dv.format,
    },
    x: k,
    y: q,
    z: dO,
    result: dv,
    bindings: (table) => [k.region, q.region, dO.region, decays, gradients, table, bonus ?? table, dv.region],
    groups: chunks.rowGroups(segment),
  });
}

/** What the bonus adds to dq and dk, and the parts of its own gradient. */
function bonusGradients(made: SegmentGradients, bonus: GpuOperand, parts: GpuRegion): void {
  const { chunks, segment, rows, dq, dk } = made;
  const { params, g } = chunks;
  const count = segment.chunks * params.chunk * params.valueHeads;
  const products = g.scratch(4 * count);
  chunks.launch("products of rows", rowProductsShader, segment, {
    constants: { QUADS: chunks.quads, X_FORMAT: rows.dO.format, Y_FORMAT: rows.v.format },
    x: rows.dO,
    y: rows.v,
    bindings: (table) => [rows.dO.region, rows.v.region, table, products],
    groups: groupsFor(count),
  });
  chunks.launch("gradients of the bonus", bonusShader, segment, {
    constants: { X_FORMAT: rows.q.format, Z_FORMAT: rows.k.format },
    x: rows.q,
    y: dq,
    z: rows.k,
    bindings: (table) => [rows.q.region, rows.k.region, products, bonus, table, dq.region, dk.region, parts],
    groups: segment.chunks * Math.ceil((params.valueHeads * params.k) / 64),
  });
}

export function vectorBackwardOnGpu(
  g: GpuRun,
  given: RecurrenceParams,
  operands: BackwardOperands,
  outputs: BackwardOutputs,
  exclusive: boolean,
): void {
  const { gate, bonus } = operands;
  const { dGate, dBonus } = outputs;
  const params = gradientParams(given, gate);
  const { valueHeads, heads, k } = params;
  const allChunks = countChunks(params);
  const parts = bonus ? g.scratch(4 * Math.max(1, allChunks * valueHeads * k)) : undefined;
  backwardOnGpu(g, params, operands, outputs, { vector: true, exclusive }, (made) => {
    keyGradients(made, "dq", exclusive);
    keyGradients(made, "dk", exclusive);
    valueGradients(made, bonus, exclusive);
    if (gate && dGate) {
      const result = rowsOf(params, dGate, "value", k);
      if (gate.kind === "signedGate") signedGateGradients(made, gate, result, exclusive);
      else vectorGateGradients(made, result, exclusive);
    }
    // After the gates', which are made of dq and dk without it.
    if (bonus && parts) bonusGradients(made, bonus, parts);
  });
  if (!parts || !dBonus) return;
  const share = valueHeads / heads;
  sumOnGpu(g, parts, dBonus, {
    count: heads * k,
    inner: k,
    outerStep: share * k,
    minor: share,
    minorStep: k,
    major: allChunks,
    majorStep: valueHeads * k,
  });
}
