/** o and the final states of a recurrence of rank-one steps, chunk by chunk. */
import type { GpuRegion, GpuRun } from "../../../backends/webgpu/run.js";
import { paddedTo4, type RecurrenceCall } from "./call.js";
import { chunkTables, segmentsOf } from "./chunks.js";
import { ChunkPass } from "./pass.js";
import { chunkMatrices, type RankOneTensors, runChunks, unitBytes } from "./rank-one.js";
import { Workspace } from "./workspace.js";

/** What the matrices of a pass may take: enough chunks to fill a GPU. */
const passBytes = 2 ** 28;

/** Chunks of a pass: within `passBytes`, and every binding within what the device allows. */
export function chunksOfPass(g: GpuRun, call: RecurrenceCall, backward: boolean): number {
  const { k, v, chunk, heads } = call;
  const [kWidth, vWidth] = [paddedTo4(k), paddedTo4(v)];
  const largest = 4 * Math.max(4 * chunk * kWidth, chunk * vWidth, chunk * chunk, 2 * kWidth * vWidth);
  const units = Math.min(passBytes / unitBytes(call, backward), g.caps.limits.maxStorageBufferBindingSize / largest);
  return Math.max(1, Math.floor(units / heads));
}

export function encodeForward(
  g: GpuRun,
  call: RecurrenceCall,
  tensors: RankOneTensors,
  ends: { readonly initial: GpuRegion | undefined; readonly final: GpuRegion },
  o: GpuRegion,
): void {
  const tables = chunkTables(g, call);
  const workspace = new Workspace(g);
  const [k, v] = [paddedTo4(call.k), paddedTo4(call.v)];
  const segments = segmentsOf(call, chunksOfPass(g, call, false));
  const slots = Math.max(...segments.map((segment) => segment.slots));
  for (const segment of segments) {
    const pass = new ChunkPass(g, call, tables, segment, workspace);
    const region = workspace.region("states", 4 * slots * call.heads * k * v);
    const states = { region, rows: k, columns: v, slot: segment.slot };
    const matrices = chunkMatrices(pass, tensors);
    const residual = runChunks(pass, tensors, matrices, states, ends);
    const { qIn, reads, keys } = matrices;
    const result = { region: o, rows: call.chunk, columns: v, width: call.v };
    pass.product(result, qIn, states, { second: [reads, residual] });
    if (keys) pass.product(result, keys.reads, keys.v, { accumulate: true });
  }
}
