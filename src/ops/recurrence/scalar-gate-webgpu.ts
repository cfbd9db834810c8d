/** Recurrences with one gate per row and head on the GPU. */
import type { GpuRun } from "../../backends/webgpu/run.js";
import { source as outputsShader } from "../../generated/shaders/recurrence-scalar-outputs.js";
import type { GpuOperand } from "../define-op.js";
import { blocksOf, ChunksOnGpu, rowsOf } from "./gpu-chunks.js";
import { scalarDecayBytes, scalarDecays } from "./gpu-gates.js";
import type { SequentialOperands } from "./gpu-sequential.js";
import type { RecurrenceParams } from "./params.js";

/** o and the last states, in chunks. */
export function scalarChunksOnGpu(
  g: GpuRun,
  params: RecurrenceParams,
  { q, k, v, gate, initial }: SequentialOperands,
  [o, state]: readonly [GpuOperand, GpuOperand],
): void {
  const chunks = new ChunksOnGpu(g, params, false, scalarDecayBytes(params));
  const decays = g.scratch(chunks.mostChunks * scalarDecayBytes(params));
  const [states, boundary] = [chunks.states(), chunks.boundary()];
  const [x, y, z] = [
    rowsOf(params, q, "key", params.k),
    rowsOf(params, k, "key", params.k),
    rowsOf(params, v, "value", params.v),
  ];
  const result = rowsOf(params, o, "value", params.v);
  for (const segment of chunks.segments) {
    scalarDecays(chunks, segment, gate, decays);
    chunks.contributions(segment, y, z, { decays, states });
    chunks.pass(segment, { decays, states, boundary, initial, result: state });
    chunks.launch("outputs", outputsShader, segment, {
      constants: {
        QUADS: chunks.quads,
        COLUMN_BLOCKS: blocksOf(params.v),
        X_FORMAT: x.format,
        Y_FORMAT: y.format,
        Z_FORMAT: z.format,
        FORMAT: result.format,
      },
      x,
      y,
      z,
      result,
      bindings: (table) => [q, k, v, decays, states, table, o],
      groups: chunks.rowGroups(segment),
    });
  }
}
