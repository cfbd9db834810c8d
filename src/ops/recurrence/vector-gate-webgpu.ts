/** Recurrences with one gate per channel of k on the GPU. */
import type { GpuRun } from "../../backends/webgpu/run.js";
import { source as outputsShader } from "../../generated/shaders/recurrence-vector-outputs.js";
import type { GpuOperand } from "../define-op.js";
import { blocksOf, ChunksOnGpu, rowsOf } from "./gpu-chunks.js";
import { type GateOnGpu, vectorDecayBytes, vectorDecays } from "./gpu-gates.js";
import type { SequentialOperands } from "./gpu-sequential.js";
import type { RecurrenceParams } from "./params.js";

/**
 * o and the last states, in chunks.
 * @param exclusive o reads the state before it is written
 */
export function vectorChunksOnGpu(
  g: GpuRun,
  params: RecurrenceParams,
  { q, k, v, gate, bonus, initial }: SequentialOperands,
  [o, state]: readonly [GpuOperand, GpuOperand],
  exclusive: boolean,
): void {
  const chunks = new ChunksOnGpu(g, params, true, vectorDecayBytes(params));
  const decays = g.scratch(chunks.mostChunks * vectorDecayBytes(params));
  const [states, boundary] = [chunks.states(), chunks.boundary()];
  const [x, y, z] = [
    rowsOf(params, q, "key", params.k),
    rowsOf(params, k, "key", params.k),
    rowsOf(params, v, "value", params.v),
  ];
  const result = rowsOf(params, o, "value", params.v);
  for (const segment of chunks.segments) {
    vectorDecays(chunks, segment, gate as GateOnGpu, decays, exclusive);
    chunks.contributions(segment, y, z, { decays, states });
    chunks.pass(segment, { decays, states, boundary, initial, result: state });
    chunks.launch("outputs", outputsShader, segment, {
      constants: {
        VECTOR: true,
        EXCLUSIVE: exclusive,
        HAS_BONUS: bonus !== undefined,
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
      bindings: (table) => [q, k, v, decays, states, table, bonus ?? q, o],
      groups: chunks.rowGroups(segment),
    });
  }
}
