/** Chunks of all sequences of a call in one row, their tables on the GPU, and the passes that a long row is cut into. */
import { type GpuRegion, type GpuRun, packParams } from "../../../backends/webgpu/run.js";
import { source as shader } from "../../../generated/shaders/recurrence-chunks.js";
import { groupsFor } from "../../support/gpu.js";
import { chunkStarts, segmentsOf as cutChunks } from "../gpu-segments.js";
import { paddedTo4, type RecurrenceCall, sequencesOf } from "./call.js";

/** Runs that fit into the Params of one dispatch. */
const runsPerDispatch = 14;

interface PlacedRun {
  readonly row: number;
  readonly length: number;
  readonly count: number;
  readonly chunks: number;
  readonly firstChunk: number;
  readonly firstSequence: number;
}

/** Runs in micro-steps, with what comes before each. */
function placedRuns({ runs, householders, chunk }: RecurrenceCall): readonly PlacedRun[] {
  let [row, firstChunk, firstSequence] = [0, 0, 0];
  return runs.map(({ length: tokens, count }) => {
    const length = tokens * householders;
    const placed = { row, length, count, chunks: Math.ceil(length / chunk), firstChunk, firstSequence };
    row += length * count;
    firstChunk += placed.chunks * count;
    firstSequence += count;
    return placed;
  });
}

export interface ChunkTables {
  /** Entries of shaders/recurrence-chunks.wgsl. */
  readonly chunks: GpuRegion;
  readonly sequences: GpuRegion;
}

export function chunkTables(g: GpuRun, call: RecurrenceCall): ChunkTables {
  const runs = placedRuns(call);
  const table = (sequences: boolean): GpuRegion => {
    const total = sequences ? sequencesOf(call) : chunksOf(call);
    const entries = g.scratch(16 * Math.max(total, 1));
    for (let i = 0; i < runs.length; i += runsPerDispatch) {
      const part = runs.slice(i, i + runsPerDispatch);
      const firstOf = (run: PlacedRun | undefined) => (run ? (sequences ? run.firstSequence : run.firstChunk) : total);
      const [first, end] = [firstOf(part[0]), firstOf(runs[i + runsPerDispatch])];
      if (first === end) continue;
      g.dispatch({
        label: "recurrence (chunks)",
        shader,
        constants: { SEQUENCES: sequences },
        params: packParams(
          ...[first, end, call.chunk, part.length, call.householders, 0],
          ...part.flatMap((run) => [run.row, run.length, run.firstChunk, run.firstSequence]),
        ),
        bindings: [entries],
        groups: groupsFor(end - first),
      });
    }
    return entries;
  };
  return { chunks: table(false), sequences: table(true) };
}

export function chunksOf(call: RecurrenceCall): number {
  return placedRuns(call).reduce((sum, { chunks, count }) => sum + chunks * count, 0);
}

/** Bytes of a slot: a state of every head. */
export const slotBytesOf = (call: RecurrenceCall): number => 4 * call.heads * paddedTo4(call.k) * paddedTo4(call.v);

/** Slots after which a binding may begin: offsets are multiples of 256 bytes, and a slot of 64. */
export function slotsToAlign(call: RecurrenceCall): number {
  const bytes = slotBytesOf(call);
  return bytes % 256 === 0 ? 1 : bytes % 128 === 0 ? 2 : 4;
}

/** Bytes of the states between the chunks, which the way back keeps in one buffer and binds by segments. */
export function keptStateBytes(call: RecurrenceCall): number {
  return (chunksOf(call) + sequencesOf(call)) * slotBytesOf(call);
}

/** Chunks [first, end) and the sequences that have some of them, or none anywhere. */
export interface Segment {
  readonly first: number;
  readonly end: number;
  readonly firstSequence: number;
  readonly endSequence: number;
  /** Where its states begin in a buffer with one per chunk and one more per sequence; how many it has. */
  readonly slot: number;
  readonly slots: number;
}

export function unitsOfLargest({ heads }: RecurrenceCall, segments: readonly Segment[]): number {
  return heads * Math.max(0, ...segments.map(({ first, end }) => end - first));
}

/** @param most chunks of a segment at most */
export function segmentsOf({ runs, householders, chunk }: RecurrenceCall, most: number): readonly Segment[] {
  const sequences = runs.flatMap(({ length, count }) =>
    Array.from({ length: count }, () => ({ batch: 0, first: 0, steps: length * householders })),
  );
  return cutChunks(chunkStarts({ sequences }, chunk), most).map(
    ({ firstChunk, chunks, firstSequence, sequences: some }) => {
      const [end, endSequence] = [firstChunk + chunks, firstSequence + some];
      const slot = firstChunk + firstSequence;
      return { first: firstChunk, end, firstSequence, endSequence, slot, slots: end + endSequence - slot };
    },
  );
}
