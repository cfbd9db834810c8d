/**
 * Gradients of recurrences in chunks on the GPU. The states before every chunk are made again, then the gradients of the states
 * behind every chunk by the same launches from the end to the start; from both, all rows at once. With several segments the
 * first walk over them only keeps what goes from one to the next.
 */
import { type GpuRegion, type GpuRun, packParams } from "../../backends/webgpu/run.js";
import { source as sumsShader } from "../../generated/shaders/recurrence-sums.js";
import type { GpuOperand } from "../define-op.js";
import { ChunksOnGpu, type Rows, rowsOf } from "./gpu-chunks.js";
import { type GateOnGpu, scalarDecayBytes, scalarDecays, vectorDecayBytes, vectorDecays } from "./gpu-gates.js";
import type { GpuSegment } from "./gpu-segments.js";
import type { RecurrenceParams } from "./params.js";

export interface BackwardOperands {
  readonly q: GpuOperand;
  readonly k: GpuOperand;
  readonly v: GpuOperand;
  readonly dO: GpuOperand;
  readonly gate: GateOnGpu | undefined;
  readonly bonus?: GpuOperand | undefined;
  readonly initial: GpuOperand | undefined;
  readonly dState: GpuOperand | undefined;
}

/** All f32. */
export interface BackwardOutputs {
  readonly dq: GpuOperand;
  readonly dk: GpuOperand;
  readonly dv: GpuOperand;
  readonly dGate?: GpuOperand | undefined;
  readonly dBonus?: GpuOperand | undefined;
  readonly dInitial?: GpuOperand | undefined;
}

/** What the launches of one segment share. */
export interface SegmentGradients {
  readonly chunks: ChunksOnGpu;
  readonly segment: GpuSegment;
  readonly decays: GpuRegion;
  /** States before the chunks, and gradients of those behind. */
  readonly states: GpuRegion;
  readonly gradients: GpuRegion;
  readonly rows: Readonly<Record<"q" | "k" | "v" | "dO", Rows>>;
  /** Per value head, whichever heads share a key. */
  readonly dq: Rows;
  readonly dk: Rows;
  readonly dv: Rows;
}

/** Gradients of factors of either sign are made in chunks of this many rows. */
export const signedRows = 16;

/** The call in the chunks that its gradients are made in. */
export function gradientParams(params: RecurrenceParams, gate: GateOnGpu | undefined): RecurrenceParams {
  return gate?.kind === "signedGate" ? { ...params, chunk: signedRows } : params;
}

/**
 * @param params those of gradientParams
 * @param encodeSegment makes dq, dk, dv and what else the core has, of one segment
 */
export function backwardOnGpu(
  g: GpuRun,
  params: RecurrenceParams,
  operands: BackwardOperands,
  outputs: BackwardOutputs,
  { vector, exclusive = false }: { vector: boolean; exclusive?: boolean },
  encodeSegment: (made: SegmentGradients) => void,
): void {
  const { gate, initial, dState } = operands;
  const decayBytes = (vector ? vectorDecayBytes : scalarDecayBytes)(params);
  const chunks = new ChunksOnGpu(g, params, vector, decayBytes);
  const decays = g.scratch(chunks.mostChunks * decayBytes);
  const [states, gradients] = [chunks.states(), chunks.states()];
  const [ahead, back] = [chunks.boundary(), chunks.boundary()];
  const rows = {
    q: rowsOf(params, operands.q, "key", params.k),
    k: rowsOf(params, operands.k, "key", params.k),
    v: rowsOf(params, operands.v, "value", params.v),
    dO: rowsOf(params, operands.dO, "value", params.v),
  };
  const [dq, dk] = [outputs.dq, outputs.dk].map((output) => perValueHead(g, params, output)) as [Rows, Rows];
  const dv = rowsOf(params, outputs.dv, "value", params.v);

  const makeStates = (segment: GpuSegment) => {
    if (vector) vectorDecays(chunks, segment, gate as GateOnGpu, decays, exclusive);
    else scalarDecays(chunks, segment, gate, decays);
    chunks.contributions(segment, rows.k, rows.v, { decays, states });
    chunks.pass(segment, { decays, states, boundary: ahead, initial, keepLast: true });
  };
  for (const segment of chunks.segments.slice(0, -1)) makeStates(segment);
  for (const segment of chunks.segments.toReversed()) {
    makeStates(segment);
    chunks.contributions(segment, rows.q, rows.dO, { decays, states: gradients, reversed: true });
    const ends = { boundary: back, initial: dState, result: outputs.dInitial };
    chunks.pass(segment, { decays, states: gradients, ...ends, reversed: true });
    if (segment.chunks > 0) encodeSegment({ chunks, segment, decays, states, gradients, rows, dq, dk, dv });
  }
  for (const [made, output] of [
    [dq, outputs.dq],
    [dk, outputs.dk],
  ] as const) {
    if (made.region !== output) sumShared(g, params, made.region, output);
  }
}

/** Where dq or dk go before value heads that share a key head are summed. */
function perValueHead(g: GpuRun, params: RecurrenceParams, output: GpuOperand): Rows {
  const share = params.valueHeads / params.heads;
  return rowsOf(params, share === 1 ? output : { ...output, ...g.scratch(share * output.bytes) }, "value", params.k);
}

function sumShared(
  g: GpuRun,
  { layout, steps, valueHeads, heads, k }: RecurrenceParams,
  x: GpuRegion,
  result: GpuOperand,
) {
  const inner = layout === "bthd" ? k : steps * k;
  const share = valueHeads / heads;
  sumOnGpu(g, x, result, { count: result.size, inner, outerStep: share * inner, minor: share, minorStep: inner });
}

export interface Sums {
  /** Elements of the result. */
  readonly count: number;
  /** Elements of the result that lie side by side in x too, and from one such run in x to the next. */
  readonly inner: number;
  readonly outerStep: number;
  readonly minor?: number;
  readonly minorStep?: number;
  readonly major?: number;
  readonly majorStep?: number;
}

/** Elements from which a workgroup sums for one result. */
const together = 64;

/** Result i is the sum of minor x major elements of x (recurrence-sums.wgsl). */
export function sumOnGpu(
  g: GpuRun,
  x: GpuRegion,
  result: GpuRegion,
  { count, inner, outerStep, minor = 1, minorStep = 0, major = 1, majorStep = 0 }: Sums,
): void {
  if (count === 0) return;
  const many = minor * major >= together;
  g.dispatch({
    label: "recurrence (sums)",
    shader: sumsShader,
    constants: { TOGETHER: many },
    params: packParams(count, inner, outerStep, minor, minorStep, major, majorStep),
    bindings: [x, result],
    groups: many ? count : Math.ceil(count / together),
  });
}
