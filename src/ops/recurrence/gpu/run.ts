/** The choice between the two forms, and what a device must have. */
import { sizeClass } from "../../../backends/webgpu/buffers.js";
import type { GpuCapabilities, GpuRegion, GpuRun } from "../../../backends/webgpu/run.js";
import { type RecurrenceParams, runsInChunks } from "../params.js";
import type { RecurrenceCall } from "./call.js";
import { keptStateBytes } from "./chunks.js";
import { encodeForward } from "./forward.js";
import type { RankOneTensors } from "./rank-one.js";
import { encodeSteps } from "./steps.js";

/** Key channels of a block of the state that fits 16 KiB of workgroup memory. */
const mostKeys = 256;

export function unsupportedKeys(k: number): string | undefined {
  return k > mostKeys ? `${k} key channels, over the ${mostKeys} of the shaders` : undefined;
}

/** Also where the states between the chunks are too many for one buffer. */
export function unsupportedBackward({ limits }: GpuCapabilities, call: RecurrenceCall): string | undefined {
  const most = limits.maxBufferSize;
  const bytes = sizeClass(keptStateBytes(call));
  if (bytes > most) return `the states between chunks take ${bytes} bytes, and a buffer of this device ${most}`;
  return unsupportedKeys(call.k);
}

/** One form for all sequences of a call: in chunks as soon as one of them is long enough. */
export function isChunked(params: RecurrenceParams): boolean {
  return params.sequences.some(({ steps }) => runsInChunks(params, steps));
}

export function encodeRankOne(
  g: GpuRun,
  params: RecurrenceParams,
  call: RecurrenceCall,
  tensors: RankOneTensors,
  ends: { readonly initial: GpuRegion | undefined; readonly final: GpuRegion },
  o: GpuRegion,
): void {
  (isChunked(params) ? encodeForward : encodeSteps)(g, call, tensors, ends, o);
}
