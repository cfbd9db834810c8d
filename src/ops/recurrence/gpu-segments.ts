/** How a call is cut for the GPU: chunks of rows, and segments of chunks whose states fit one buffer. */
import { type GpuRegion, type GpuRun, packParams } from "../../backends/webgpu/run.js";
import { source as tableShader } from "../../generated/shaders/recurrence-table.js";
import type { RecurrenceParams } from "./params.js";

/** A stretch of the list of all chunks of all sequences. */
export interface GpuSegment {
  readonly index: number;
  readonly firstChunk: number;
  readonly chunks: number;
  /** Sequences that begin, go on or end here, empty ones too. */
  readonly firstSequence: number;
  readonly sequences: number;
}

type Sizes = Pick<RecurrenceParams, "sequences" | "steps">;

/** Whether sequences need a table of where they begin; otherwise they are the entries of a batch. */
export function isPacked({ sequences, steps }: Sizes): boolean {
  return sequences.some((sequence, index) => sequence.batch !== index || sequence.steps !== steps);
}

/** Chunks of all sequences. */
export function countChunks({ sequences, chunk }: Pick<RecurrenceParams, "sequences" | "chunk">): number {
  return sequences.reduce((sum, { steps }) => sum + Math.ceil(steps / chunk), 0);
}

/** First row and first chunk of every sequence, then the ends. */
export function chunkStarts({ sequences }: Pick<Sizes, "sequences">, chunk: number): number[] {
  const starts = [0, 0];
  for (const { steps } of sequences) {
    const [row, first] = starts.slice(-2) as [number, number];
    starts.push(row + steps, first + Math.ceil(steps / chunk));
  }
  return starts;
}

/** Every sequence is in at least one segment; a sequence that is cut goes on at the start of the next one. */
export function segmentsOf(starts: readonly number[], mostChunks: number): GpuSegment[] {
  const count = starts.length / 2 - 1;
  const all = starts.at(-1) as number;
  const segments: GpuSegment[] = [];
  let firstSequence = 0;
  for (let firstChunk = 0; firstChunk < all || (count > 0 && segments.length === 0); firstChunk += mostChunks) {
    const end = Math.min(all, firstChunk + mostChunks);
    let last = firstSequence;
    while (last + 1 < count && (end === all || (starts[2 * last + 3] as number) < end)) last++;
    const index = segments.length;
    segments.push({ index, firstChunk, chunks: end - firstChunk, firstSequence, sequences: last + 1 - firstSequence });
    firstSequence = (starts[2 * last + 3] as number) <= end ? last + 1 : last;
  }
  return segments;
}

/** Words that one dispatch brings along. */
const wordsPerDispatch = 60;

/** The numbers in a buffer. */
export function tableOnGpu(g: GpuRun, words: readonly number[]): GpuRegion {
  const table = g.scratch(4 * words.length);
  for (let offset = 0; offset < words.length; offset += wordsPerDispatch) {
    const part = words.slice(offset, offset + wordsPerDispatch);
    g.dispatch({
      label: "recurrence (table)",
      shader: tableShader,
      params: packParams(offset, part.length, ...part),
      bindings: [table],
      groups: 1,
    });
  }
  return table;
}
