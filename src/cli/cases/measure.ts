/** How long a call takes, and how far its result is from the oracle. */
import { type BackendName, UnsupportedError } from "../../backends/contract.js";
import type { Engine } from "../../engine/engine.js";
import type { Work } from "../../engine/operation.js";
import type { PreparedCall } from "../../ops/define-op.js";
import type { Tensor } from "../../tensor/tensor.js";
import { argumentsOf, callCase, makeInputs, type OperationCase } from "./case.js";

/** Enough for the best of several calls, short enough for dozens of operations. */
const budgetMs = 80;
const mostRounds = 50;
/** Dispatches that share one wait for the device. */
const gpuBatch = 8;

export interface Timing {
  readonly seconds: number;
  /** Giga-operations or gigabytes per second, by what bounds the operation. */
  readonly rate: number;
  readonly unit: "Gop/s" | "GB/s";
}

/** Seconds per call: the best of several, after one that compiles and moves the inputs. */
export async function timeCase(
  engine: Engine,
  oneCase: OperationCase,
  on: BackendName,
  size: "small" | "full",
  signal: AbortSignal,
): Promise<Timing> {
  const { tensors } = makeInputs(engine, oneCase.inputs(size));
  try {
    const work = workOf(oneCase, tensors);
    const seconds = await bestOf(engine, () => callCase(oneCase, tensors, on), on, signal);
    const byBytes = work.rate === "stream" || work.rate === "gather";
    return {
      seconds,
      rate: (byBytes ? work.bytes : work.operations) / seconds / 1e9,
      unit: byBytes ? "GB/s" : "Gop/s",
    };
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

async function bestOf(engine: Engine, call: () => Tensor, on: BackendName, signal: AbortSignal): Promise<number> {
  const first = call();
  await first.data();
  first.dispose();
  const deadline = performance.now() + budgetMs;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < mostRounds && (round === 0 || performance.now() < deadline); round++) {
    signal.throwIfAborted();
    const repeats = on === "webgpu" ? gpuBatch : 1;
    const start = performance.now();
    for (let i = 0; i < repeats; i++) call().dispose();
    if (on === "webgpu") await engine.gpu?.idle();
    best = Math.min(best, (performance.now() - start) / 1000 / repeats);
  }
  return best;
}

function workOf(oneCase: OperationCase, tensors: readonly Tensor[]): Work {
  const { spec } = oneCase.operation;
  const prepared = spec.prepare(...argumentsOf(oneCase, tensors), oneCase.options ?? {}) as PreparedCall<unknown>;
  return spec.work(prepared.params);
}

/** False when the operation, with these arguments, has no implementation there. */
export function runsOn(engine: Engine, oneCase: OperationCase, on: BackendName): boolean {
  const { tensors } = makeInputs(engine, oneCase.inputs("check"));
  try {
    engine.explain(oneCase.operation, ...argumentsOf(oneCase, tensors), { ...oneCase.options, on });
    return true;
  } catch (error) {
    if (error instanceof UnsupportedError) return false;
    throw error;
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

/** The largest error of a call at check size, as a fraction of the largest expected magnitude. */
export async function errorOf(engine: Engine, oneCase: OperationCase, on: BackendName): Promise<number> {
  const specs = oneCase.inputs("check");
  const { tensors, values } = makeInputs(engine, specs);
  const result = callCase(oneCase, tensors, on);
  try {
    const actual = await result.data();
    const expected = oneCase.oracle(
      values,
      specs.map(({ shape }) => shape),
    );
    if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
    let largest = 0;
    let error = 0;
    for (let i = 0; i < expected.length; i++) {
      const want = expected[i] as number;
      const difference = Math.abs(Number(actual[i]) - want);
      // Not a comparison: NaN must count as an error.
      if (!(difference <= error)) error = difference;
      largest = Math.max(largest, Math.abs(want));
    }
    return largest > 0 ? error / largest : error;
  } finally {
    for (const tensor of [...tensors, result]) tensor.dispose();
  }
}
