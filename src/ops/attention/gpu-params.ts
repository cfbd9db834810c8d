/** The Params struct and the constants of shaders/common/attention.wgsl. */
import { packParams } from "../../backends/webgpu/run.js";
import type { GpuOperand } from "../define-op.js";
import { formatOf } from "../support/formats.js";
import type { AttentionParams } from "./params.js";

/** Rows and keys that attend to each other and to nothing else, alike in `batch` entries. */
export interface GpuStretch {
  readonly batch: number;
  readonly firstRow: number;
  readonly rows: number;
  readonly firstKey: number;
  readonly keys: number;
}

/** A batch is one dispatch; every packed sequence is its own. */
export function stretchesOnGpu({ batch, rows, keys, sequences }: AttentionParams): readonly GpuStretch[] {
  if (sequences) return sequences.map((sequence) => ({ batch: 1, ...sequence }));
  return [{ batch, firstRow: 0, rows, firstKey: 0, keys }];
}

/** Where a tensor's rows lie, in elements. */
export interface Addressing {
  readonly start: number;
  readonly batch: number;
  readonly head: number;
  readonly row: number;
}

/** Addressing of q, k, v or o in the call's layout, from its row `first`. */
export function addressing(params: AttentionParams, name: "q" | "k" | "v" | "o", first: number): Addressing {
  const { layout } = params;
  const channels = name === "q" || name === "k" ? params.d : params.dv;
  const ofKeys = name === "k" || name === "v";
  const [heads, time] = ofKeys ? [params.kvHeads, params.keys] : [params.heads, params.rows];
  const [head, row] = layout === "bthd" ? [channels, heads * channels] : [time * channels, channels];
  return { start: first * row, batch: heads * time * channels, head, row };
}

const list = ({ start, batch, head, row }: Addressing) => [start, batch, head, row];

/** @param partSteps elements from one part of o and of lse to the next */
export function commonParams(
  params: AttentionParams,
  { rows, keys, firstRow, firstKey }: GpuStretch,
  partKeys: number,
  o: Addressing & { readonly lseStart: number; readonly lseHead: number },
  partSteps: readonly [number, number] = [0, 0],
): ArrayBuffer {
  const { d, dv, heads, kvHeads, left, right, scale, softCap, biasStrides } = params;
  return packParams(
    ...[rows, keys, d, dv, heads, heads / kvHeads, partKeys],
    ...list(addressing(params, "q", firstRow)),
    ...list(addressing(params, "k", firstKey)),
    ...list(addressing(params, "v", firstKey)),
    ...list(o),
    ...[o.lseStart, o.lseHead],
    firstRow * (biasStrides[2] as number) + firstKey * (biasStrides[3] as number),
    ...biasStrides,
    { i32: left },
    { i32: right },
    { f32: scale },
    { f32: softCap },
    ...partSteps,
  );
}

export function commonConstants({ dtype, d, dv, softCap, inputs }: AttentionParams) {
  return {
    FORMAT: formatOf(dtype),
    QUADS: d % 4 === 0 && dv % 4 === 0,
    HAS_BIAS: inputs.bias >= 0,
    HAS_SLOPES: inputs.alibiSlopes >= 0,
    HAS_CAP: softCap > 0,
  };
}

/** The optional inputs; a binding that the variant does not read takes q. */
export function optionalInputs(inputs: readonly GpuOperand[], params: AttentionParams) {
  const at = (index: number) => inputs[Math.max(index, 0)] as GpuOperand;
  return { bias: at(params.inputs.bias), slopes: at(params.inputs.alibiSlopes), sinks: at(params.inputs.sinks) };
}
