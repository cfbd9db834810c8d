/** A recurrence as its shaders see it: sizes, and where its sequences lie. */
import type { GpuRegion } from "../../../backends/webgpu/run.js";
import type { RecurrenceParams } from "../params.js";
import type { Sequence } from "../sequences.js";

/** `count` sequences of equal length, one after another. Lengths are tokens. */
export interface SequenceRun {
  readonly length: number;
  readonly count: number;
}

export interface RecurrenceCall {
  readonly runs: readonly SequenceRun[];
  /** Tokens of a batch entry. */
  readonly tokens: number;
  /** [B, H, T, D] rather than [B, T, H, D]. */
  readonly headsFirst: boolean;
  /** The sequences share one batch entry. */
  readonly packed: boolean;
  /** Sequences run from their last token to their first. */
  readonly reverse: boolean;
  /** Value heads, and how many of them share a head of q and k. */
  readonly heads: number;
  readonly share: number;
  /** Steps of the recurrence per token. */
  readonly householders: number;
  readonly k: number;
  readonly v: number;
  readonly chunk: number;
  readonly scale: number;
  readonly gate: GateKind;
  /** Gates are factors, not logarithms of factors. */
  readonly signed: boolean;
  /** a^T S takes the state before the gate of its step (low rank), not after it (delta rule). */
  readonly rowsBeforeGate: boolean;
  /** The tensors of states are [v, k]. */
  readonly valueFirst: boolean;
}

/** As the constant GATE of the shaders: no gate, one per row, or one per row and key channel. */
export const gateKinds = { none: 0, scalar: 1, vector: 2 } as const;
export type GateKind = keyof typeof gateKinds;

export const sequencesOf = ({ runs }: RecurrenceCall): number => runs.reduce((sum, { count }) => sum + count, 0);

/** As the fields `tokens` and `order` of the shaders. */
export function orderFields({ tokens, headsFirst, packed, reverse }: RecurrenceCall): readonly [number, number] {
  return [tokens, Number(headsFirst) + 2 * Number(packed) + 4 * Number(reverse)];
}

/** Rows of a chunked operand come in whole quads. */
export const paddedTo4 = (channels: number): number => 4 * Math.ceil(channels / 4);

/** Channels of a gate, with the padding. */
export function gateWidth({ gate, k }: RecurrenceCall): number {
  return gate === "vector" ? paddedTo4(k) : 1;
}

/** Consecutive sequences of equal length as one run. */
function runsOf(sequences: readonly Sequence[]): readonly SequenceRun[] {
  const runs: SequenceRun[] = [];
  for (const { steps: length } of sequences) {
    const last = runs.at(-1);
    if (last?.length === length) runs[runs.length - 1] = { length, count: last.count + 1 };
    else runs.push({ length, count: 1 });
  }
  return runs;
}

export type CallDetails = Pick<RecurrenceCall, "householders" | "gate" | "signed" | "rowsBeforeGate">;

export function callOf(params: RecurrenceParams, details: CallDetails): RecurrenceCall {
  const { layout, batch, steps, heads, valueHeads, k, v, chunk, scale, reverse, stateLayout, sequences } = params;
  return {
    ...details,
    ...{ k, v, chunk, scale, reverse },
    runs: runsOf(sequences),
    tokens: steps,
    headsFirst: layout === "bhtd",
    packed: batch === 1,
    heads: valueHeads,
    share: valueHeads / heads,
    valueFirst: stateLayout === "vk",
  };
}

/** A tensor of the call on the GPU, in f32. */
export type Operand = GpuRegion;
