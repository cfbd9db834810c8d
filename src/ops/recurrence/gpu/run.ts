/** The choice between the two forms, and what a device must have. */
import type { GpuRegion, GpuRun } from "../../../backends/webgpu/run.js";
import { type RecurrenceParams, runsInChunks } from "../params.js";
import type { RecurrenceCall } from "./call.js";
import { encodeForward } from "./forward.js";
import type { RankOneTensors } from "./rank-one.js";
import { encodeSteps } from "./steps.js";

/** Key channels of a block of the state that fits 16 KiB of workgroup memory. */
const mostKeys = 256;

export function unsupportedKeys(k: number): string | undefined {
  return k > mostKeys ? `${k} key channels, over the ${mostKeys} of the shaders` : undefined;
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
