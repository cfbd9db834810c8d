/** The launches that every recurrence in chunks is made of, as the host sees them (shaders/common/recurrence.wgsl). */
import { type GpuRegion, type GpuRun, packParams } from "../../backends/webgpu/run.js";
import { source as contributionsShader } from "../../generated/shaders/recurrence-contributions.js";
import { source as passShader } from "../../generated/shaders/recurrence-pass.js";
import type { GpuOperand } from "../define-op.js";
import { formatOf } from "../support/formats.js";
import { groupsFor } from "../support/gpu.js";
import { chunkStarts, type GpuSegment, isPacked, segmentsOf, tableOnGpu } from "./gpu-segments.js";
import type { RecurrenceParams } from "./params.js";

/** Elements from one batch entry, head and row of an operand to the next, and value heads that share one of its heads. */
export type Stride = readonly [batch: number, head: number, row: number, share: number];

/** An operand of a shader. */
export interface Rows {
  readonly region: GpuRegion;
  readonly stride: Stride;
  readonly format: number;
}

/** Properties of a call that shaders look at as they run, in the order of their bits. */
const flagNames = ["packed", "backwards", "initial", "result", "keepLast"] as const;
export type Flags = Partial<Readonly<Record<(typeof flagNames)[number], boolean>>>;

/** The flags of shaders/common/recurrence-operand.wgsl. */
export function flagsOf(flags: Flags): number {
  return flagNames.reduce((bits, name, index) => bits | (flags[name] ? 1 << index : 0), 0);
}

/** Rows and channels of a workgroup of 128, and columns of one block of its sums. */
const tile = 32;
const columns = 64;
/** Most channels of k and of v: beyond, an invocation runs out of registers. */
export const mostChannels = 256;
/** Bytes of the states of a segment: large enough to fill a GPU, small enough for its cache and any binding. */
const segmentBytes = 2 ** 26;

export const blocksOf = (channels: number) => Math.ceil(channels / columns);
const quads = (channels: number) => Math.ceil(channels / 4);

/** How a tensor of `channels` per row lies, with heads of its own per value head or shared as q and k are. */
export function strideOf(params: RecurrenceParams, of: "key" | "value", channels: number): Stride {
  const { layout, steps, heads, valueHeads } = params;
  const [count, share] = of === "key" ? [heads, valueHeads / heads] : [valueHeads, 1];
  const [head, row] = layout === "bthd" ? [channels, count * channels] : [steps * channels, channels];
  return [steps * count * channels, head, row, share];
}

export function rowsOf(params: RecurrenceParams, operand: GpuOperand, of: "key" | "value", channels: number): Rows {
  return { region: operand, stride: strideOf(params, of, channels), format: formatOf(operand.dtype) };
}

/** Why no shader takes these channels; undefined when one does. */
export function unsupportedChannels({ k, v, dtype }: RecurrenceParams): string | undefined {
  if (Math.max(k, v) > mostChannels) return `${Math.max(k, v)} channels, over the ${mostChannels} of the shaders`;
  return dtype !== "f32" && (k % 2 !== 0 || v % 2 !== 0)
    ? `an odd number of channels in ${dtype} shares words among rows`
    : undefined;
}

/** One call in chunks: what all of its launches have in common. */
export class ChunksOnGpu {
  readonly g: GpuRun;
  readonly params: RecurrenceParams;
  readonly segments: readonly GpuSegment[];
  /** One gate per channel of k instead of one per row. */
  readonly vector: boolean;
  /** Elements of one state, with whole quads of v. */
  readonly stateElements: number;
  readonly #packed: boolean;
  readonly #table: GpuRegion;

  /** @param decayBytes of one chunk */
  constructor(g: GpuRun, params: RecurrenceParams, vector: boolean, decayBytes: number) {
    this.g = g;
    this.params = params;
    this.vector = vector;
    this.stateElements = params.valueHeads * params.k * 4 * quads(params.v);
    const starts = chunkStarts(params, params.chunk);
    const budget = Math.min(segmentBytes, g.caps.limits.maxStorageBufferBindingSize);
    this.segments = segmentsOf(
      starts,
      Math.max(1, Math.floor(budget / Math.max(4 * this.stateElements, decayBytes)) - 1),
    );
    this.#packed = isPacked(params);
    this.#table = this.#packed ? tableOnGpu(g, starts) : g.scratch(16);
  }

  /** Chunks of the longest segment, and room for their states. */
  get mostChunks(): number {
    return Math.max(1, ...this.segments.map((segment) => segment.chunks));
  }

  states(): GpuRegion {
    return this.g.scratch(4 * this.stateElements * Math.max(1, ...this.segments.map((s) => s.chunks + s.sequences)));
  }

  /** Room for what goes from one segment to the next. */
  boundary(): GpuRegion {
    return this.g.scratch(this.segments.length > 1 ? 4 * this.stateElements * (this.segments.length + 1) : 16);
  }

  launch(
    label: string,
    shader: string,
    segment: GpuSegment,
    { constants = {}, flags = {}, x, y, z, result, bindings, groups }: Launch,
  ): void {
    if (groups === 0) return;
    const { steps, sequences, chunk, valueHeads, heads, k, v, scale, stateLayout, reverse } = this.params;
    const none: Stride = [0, 0, 0, 1];
    this.g.dispatch({
      label: `recurrence (${label})`,
      shader,
      constants,
      params: packParams(
        ...[sequences.length, steps, chunk, segment.firstChunk, segment.chunks, segment.firstSequence],
        ...[valueHeads, k, v, { f32: scale }],
        ...[x, y, z, result].flatMap((rows) => rows?.stride ?? none),
        ...[segment.index, ...(stateLayout === "kv" ? [v, 1] : [1, k]), valueHeads / heads],
        flagsOf({ packed: this.#packed, backwards: reverse, ...flags }),
      ),
      bindings: bindings(this.#table),
      groups,
    });
  }

  /** What every chunk adds to the state, from k and v; reversed, to its gradient, from q and dO. */
  contributions(
    segment: GpuSegment,
    x: Rows,
    z: Rows,
    { decays, states, reversed = false }: { decays: GpuRegion; states: GpuRegion; reversed?: boolean },
  ): void {
    const { k, v, valueHeads } = this.params;
    this.launch(reversed ? "gradients of states" : "contributions", contributionsShader, segment, {
      constants: {
        VECTOR: this.vector,
        REVERSED: reversed,
        QUADS: this.quads,
        COLUMN_BLOCKS: blocksOf(v),
        X_FORMAT: x.format,
        Z_FORMAT: z.format,
      },
      x,
      z,
      bindings: (table) => [x.region, z.region, decays, table, states],
      groups: segment.chunks * valueHeads * Math.ceil(k / tile),
    });
  }

  /** From what chunks add to the states before them; reversed, to the gradients of the states behind them. */
  pass(
    segment: GpuSegment,
    { decays, states, boundary, initial, result, reversed = false, keepLast = false }: Pass,
  ): void {
    this.launch(reversed ? "pass back" : "pass", passShader, segment, {
      constants: { VECTOR: this.vector, REVERSED: reversed },
      flags: { initial: initial !== undefined, result: result !== undefined, keepLast },
      bindings: (table) => [decays, initial ?? decays, table, states, boundary, result ?? this.g.scratch(16)],
      groups: segment.sequences * groupsFor(this.stateElements),
    });
  }

  /** Workgroups that make all rows of a segment. */
  rowGroups(segment: GpuSegment): number {
    return segment.chunks * this.params.valueHeads * Math.ceil(this.params.chunk / tile);
  }

  /** Whether rows of all operands are whole quads. */
  get quads(): boolean {
    return this.params.k % 4 === 0 && this.params.v % 4 === 0;
  }
}

export interface Launch {
  readonly constants?: Readonly<Record<string, number | boolean>>;
  readonly flags?: Flags;
  readonly x?: Rows;
  readonly y?: Rows;
  readonly z?: Rows;
  readonly result?: Rows;
  readonly bindings: (table: GpuRegion) => readonly GpuRegion[];
  readonly groups: number;
}

interface Pass {
  readonly decays: GpuRegion;
  readonly states: GpuRegion;
  readonly boundary: GpuRegion;
  /** Where the pass begins: the initial states, or the gradients of the last ones. */
  readonly initial?: GpuRegion | undefined;
  /** Where it ends. */
  readonly result?: GpuRegion | undefined;
  readonly reversed?: boolean;
  readonly keepLast?: boolean;
}
