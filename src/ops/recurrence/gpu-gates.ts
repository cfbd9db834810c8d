/** Gates on the GPU: which there are, and their products over the chunks of a segment. */
import type { GpuRegion } from "../../backends/webgpu/run.js";
import { source as scalarShader } from "../../generated/shaders/recurrence-scalar-gates.js";
import { source as vectorShader } from "../../generated/shaders/recurrence-vector-gates.js";
import type { GpuOperand } from "../define-op.js";
import { formatOf } from "../support/formats.js";
import type { ChunksOnGpu } from "./gpu-chunks.js";
import { rowsOf } from "./gpu-chunks.js";
import type { GpuSegment } from "./gpu-segments.js";
import type { RecurrenceParams } from "./params.js";

/** The gate of a call: log-decays of heads, log-decays of rows, or factors of either sign. */
export interface GateOnGpu {
  readonly kind: "decay" | "gate" | "signedGate";
  readonly operand: GpuOperand;
}

/** The numbers of recurrence-scalar-gates.wgsl. */
export const scalarKinds = { none: 0, decay: 1, gate: 2, signedGate: 3 } as const;

/** Rows of a block of recurrence-vector-gates.wgsl. */
const block = 16;
/** Quads of channels, and rows, that a workgroup takes. */
const quadsPerGroup = 64;
const rowsPerGroup = 256;

const keyQuads = ({ k, valueHeads }: RecurrenceParams) => valueHeads * Math.ceil(k / 4);

/** Bytes that the products over one chunk take. */
export function scalarDecayBytes({ chunk, valueHeads }: RecurrenceParams): number {
  return 16 * valueHeads * (chunk + 1);
}

export function vectorDecayBytes(params: RecurrenceParams): number {
  return 16 * keyQuads(params) * (3 * params.chunk + params.chunk / block + 1);
}

export function scalarDecays(chunks: ChunksOnGpu, segment: GpuSegment, gate: GateOnGpu | undefined, decays: GpuRegion) {
  const { params } = chunks;
  const operand = gate?.operand;
  chunks.launch("scalar gates", scalarShader, segment, {
    constants: { GATE: scalarKinds[gate?.kind ?? "none"], ...(operand ? { FORMAT: formatOf(operand.dtype) } : {}) },
    ...(operand ? { x: rowsOf(params, operand, "value", 1) } : {}),
    bindings: (table) => [operand ?? table, table, decays],
    groups: Math.ceil(segment.chunks / (rowsPerGroup / params.chunk)) * params.valueHeads,
  });
}

export function vectorDecays(
  chunks: ChunksOnGpu,
  segment: GpuSegment,
  { kind, operand }: GateOnGpu,
  decays: GpuRegion,
  exclusive: boolean,
): void {
  const { params } = chunks;
  const x = rowsOf(params, operand, "value", params.k);
  chunks.launch("vector gates", vectorShader, segment, {
    constants: {
      VECTOR: true,
      SIGNED: kind === "signedGate",
      EXCLUSIVE: exclusive,
      QUADS: params.k % 4 === 0,
      X_FORMAT: x.format,
    },
    x,
    bindings: (table) => [operand, table, decays],
    groups: segment.chunks * Math.ceil(keyQuads(params) / quadsPerGroup),
  });
}
