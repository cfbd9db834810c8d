/** Softmax attention on the GPU: one pass over the keys, or parts of them that a second dispatch joins. */
import { type GpuRegion, type GpuRun, packParams } from "../../backends/webgpu/run.js";
import { source as attendShader } from "../../generated/shaders/attention.js";
import { source as mergeShader } from "../../generated/shaders/attention-merge.js";
import { sizeOf } from "../../tensor/dtype.js";
import type { GpuImplementation, GpuOperand, GpuSplit } from "../define-op.js";
import { formatOf } from "../support/formats.js";
import { groupsFor } from "../support/gpu.js";
import {
  addressing,
  commonConstants,
  commonParams,
  type GpuStretch,
  optionalInputs,
  stretchesOnGpu,
} from "./gpu-params.js";
import type { AttentionParams } from "./params.js";

/** Rows that a workgroup takes. */
const tileRows = 32;
/** Columns of v beyond which an invocation runs out of registers. */
const mostColumns = 512;
/** Groups that keep a large GPU busy; below, long rows of keys are cut into parts of at least `leastPart`. */
const busyGroups = 256;
const leastPart = 256;

/** Keys of one part, a multiple of the tile of 64; 0 for one pass. */
export function partKeys(rows: number, heads: number, keys: number): number {
  const groups = Math.ceil(rows / tileRows) * heads;
  const parts = Math.min(Math.floor(keys / leastPart), Math.ceil(busyGroups / Math.max(1, groups)));
  return groups >= busyGroups / 2 || parts < 2 ? 0 : Math.ceil(keys / parts / 64) * 64;
}

function encode(
  g: GpuRun,
  inputs: readonly GpuOperand[],
  [o, lse]: readonly GpuOperand[],
  params: AttentionParams,
): void {
  const { batch, heads, rows } = params;
  if (batch * heads * rows === 0) return;
  const sums: GpuRegion = lse ?? g.scratch(4 * batch * heads * rows);
  for (const stretch of stretchesOnGpu(params)) {
    if (stretch.rows > 0) attend(g, inputs, o as GpuOperand, sums, params, stretch);
  }
}

function attend(
  g: GpuRun,
  inputs: readonly GpuOperand[],
  o: GpuRegion,
  lse: GpuRegion,
  params: AttentionParams,
  stretch: GpuStretch,
): void {
  const { heads, dv, dtype } = params;
  const { rows, batch, keys } = stretch;
  const [q, k, v] = inputs as [GpuOperand, GpuOperand, GpuOperand];
  const { bias, slopes, sinks } = optionalInputs(inputs, params);
  const span = partKeys(rows, batch * heads, keys);
  const parts = span === 0 ? 1 : Math.ceil(keys / span);
  const allRows = batch * heads * rows;
  const whole = { ...addressing(params, "o", stretch.firstRow), lseStart: stretch.firstRow, lseHead: params.rows };
  const part = { start: 0, batch: heads * rows * dv, head: rows * dv, row: dv, lseStart: 0, lseHead: rows };
  const partial =
    span === 0 ? undefined : { o: g.scratch(4 * parts * allRows * dv), lse: g.scratch(4 * parts * allRows) };
  g.dispatch({
    label: "attention",
    shader: attendShader,
    constants: {
      ...commonConstants(params),
      HAS_SINKS: params.inputs.sinks >= 0 && !partial,
      COLUMN_BLOCKS: Math.max(1, Math.ceil(dv / 64)),
      FORMAT_O: formatOf(partial ? "f32" : dtype),
    },
    params: commonParams(params, stretch, span, partial ? part : whole, [allRows * dv, allRows]),
    bindings: [q, k, v, bias, slopes, sinks, partial?.o ?? o, partial?.lse ?? lse],
    groups: Math.ceil(rows / tileRows) * batch * heads * parts,
  });
  if (!partial) return;
  g.dispatch({
    label: "attention (merge)",
    shader: mergeShader,
    constants: { HAS_SINKS: params.inputs.sinks >= 0, FORMAT_O: formatOf(dtype) },
    params: packParams(
      ...[rows, dv, heads, allRows, parts],
      ...[whole.start, whole.batch, whole.head, whole.row, whole.lseStart, whole.lseHead],
    ),
    bindings: [partial.o, partial.lse, sinks, o, lse],
    groups: groupsFor(allRows * Math.max(1, Math.ceil(dv / 4))),
  });
}

/** The entries of a batch are independent. */
function split(params: AttentionParams): GpuSplit<AttentionParams> {
  const { batch, heads, kvHeads, rows, keys, d, dv, dtype, biasStrides, inputs } = params;
  const size = sizeOf(dtype);
  const optional = [
    inputs.bias >= 0 ? [4 * (biasStrides[0] as number)] : [],
    inputs.alibiSlopes >= 0 ? [0] : [],
    inputs.sinks >= 0 ? [0] : [],
  ].flat();
  return {
    units: batch,
    inputBytes: [size * heads * rows * d, size * kvHeads * keys * d, size * kvHeads * keys * dv, ...optional],
    outputBytes: [size * heads * rows * dv, 4 * heads * rows],
    narrow: (start, end) => ({ ...params, batch: end - start }),
  };
}

export function attentionOnGpu(withLse: boolean): GpuImplementation<AttentionParams> {
  return {
    unsupported: (_, { dv, dtype }) => {
      if (dv > mostColumns) return `v has ${dv} channels, over the ${mostColumns} of the shader`;
      return dtype !== "f32" && dv % 2 !== 0
        ? `an odd number of channels (${dv}) in ${dtype} shares words among rows`
        : undefined;
    },
    variant: (_, { rows, batch, heads, keys, dtype }) =>
      `tiled ${dtype}${partKeys(rows, batch * heads, keys) > 0 ? ", keys in parts" : ""}`,
    split: (params) => {
      const whole = split(params);
      return withLse ? whole : { ...whole, outputBytes: whole.outputBytes.slice(0, 1) };
    },
    encode,
  };
}
