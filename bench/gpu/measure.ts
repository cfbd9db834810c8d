/** Seconds per call on the GPU's own clock. */
import type { WebGpuBackend } from "../../src/backends/webgpu/backend.js";
import type { Prepared } from "./subject.js";

/** A GPU left alone lowers its clock, and takes this long to raise it again. */
const warmupMs = 400;
const rounds = 9;
/** Work per round: long against the resolution of the clock and the start of a pass. */
const roundSeconds = 0.02;

export interface Timing {
  readonly best: number;
  readonly median: number;
}

export async function measure(gpu: WebGpuBackend, subject: Prepared): Promise<Timing> {
  const run = (calls: number) =>
    gpu.timed(() => {
      for (let i = 0; i < calls; i++) subject.call();
    });
  let calls = 1;
  for (const start = performance.now(); performance.now() - start < warmupMs; ) {
    const seconds = (await run(calls)) / calls;
    // Results live until the pass is submitted, so a round is also bounded by memory.
    calls = Math.max(1, Math.min(subject.mostCalls ?? 50, Math.round(roundSeconds / Math.max(seconds, 1e-6))));
  }
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push((await run(calls)) / calls);
  times.sort((a, b) => a - b);
  return { best: times[0] as number, median: times[rounds >> 1] as number };
}
