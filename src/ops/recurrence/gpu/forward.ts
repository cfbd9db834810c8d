/** o and the final states of a recurrence of rank-one steps, chunk by chunk. */
import type { GpuRegion, GpuRun } from "../../../backends/webgpu/run.js";
import { chunksOfPass } from "./budget.js";
import { paddedTo4, type RecurrenceCall } from "./call.js";
import { chunkTables, segmentsOf, unitsOfLargest } from "./chunks.js";
import { ChunkPass } from "./pass.js";
import { chunkMatrices, type RankOneTensors, runChunks } from "./rank-one.js";
import { Workspace } from "./workspace.js";

export function encodeForward(
  g: GpuRun,
  call: RecurrenceCall,
  tensors: RankOneTensors,
  ends: { readonly initial: GpuRegion | undefined; readonly final: GpuRegion },
  o: GpuRegion,
): void {
  const tables = chunkTables(g, call);
  const [k, v] = [paddedTo4(call.k), paddedTo4(call.v)];
  const segments = segmentsOf(call, chunksOfPass(g.caps.limits, call, "forward"));
  const workspace = new Workspace(g, unitsOfLargest(call, segments));
  const region = g.scratch(4 * Math.max(0, ...segments.map(({ slots }) => slots)) * call.heads * k * v);
  for (const segment of segments) {
    const pass = new ChunkPass(g, call, tables, segment, workspace, false);
    const states = { region, rows: k, columns: v, slot: segment.slot };
    const matrices = chunkMatrices(pass, tensors);
    const residual = runChunks(pass, tensors, matrices, states, ends);
    const { qIn, reads, keys } = matrices;
    const result = { region: o, rows: call.chunk, columns: v, width: call.v };
    pass.product(result, qIn, states, { second: [reads, residual] });
    if (keys) pass.product(result, keys.reads, keys.v, { accumulate: true });
  }
}
