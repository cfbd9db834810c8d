/**
 * Measures the rates that the plan uses. A probe is an operation with arguments for one rate class; it is run a few
 * times on each backend, and the best time counts. Time comes from a clock that tests replace.
 */
import { type BackendName, InputError } from "../backends/contract.js";
import type { WebGpuBackend } from "../backends/webgpu/backend.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Engine } from "./engine.js";
import type { RateClass, Work } from "./operation.js";
import type { BackendRates, Rates } from "./rates.js";

export interface CalibrationProbe {
  /** The rate it measures; "bytes" for memory bandwidth, "launch" for the cost of a call. */
  readonly measures: RateClass | "bytes" | "launch";
  /** Measured on this backend only; on both when absent. What fills a GPU takes a CPU too long. */
  readonly backend?: BackendName;
  /** Calls per look at the clock: many for what is shorter than its ticks. */
  readonly calls?: number;
  readonly work: Work;
  /** Makes the inputs. */
  prepare(engine: Engine): Tensor[];
  /** One call; the result is disposed by the caller. */
  run(inputs: readonly Tensor[], on: BackendName): Tensor;
}

export interface CalibrateOptions {
  /** Monotonic time in milliseconds. */
  clock?: () => number;
  /** Calls per measurement; the best counts. */
  rounds?: number;
  signal?: AbortSignal;
}

/** Bytes of the upload and read-back probes: what is small goes faster than what a GPU is worth asking for. */
const transferBytes = 1 << 24;
/** A rate is what a call takes beyond its launch, but not less than this share of it: the two were timed apart. */
const leastBusy = 1 / 8;

export async function measureRates(
  engine: Engine,
  probes: readonly CalibrationProbe[],
  known: Rates,
  { clock = () => performance.now(), rounds = 5, signal }: CalibrateOptions,
): Promise<Rates> {
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new InputError("calibrate", "rounds", `is ${String(rounds)}; expected a positive integer`);
  }
  await engine.wasm.ready();
  const measure = { engine, probes, clock, rounds, signal };
  const wasm = await measureBackend("wasm", known.wasm, measure);
  const { gpu } = engine;
  // A software adapter is never chosen, and takes long.
  if (!gpu || gpu.software) return { ...known, wasm };
  const webgpu = await measureBackend("webgpu", known.webgpu, measure);
  return { ...known, wasm, webgpu, ...(await measureTransfers(engine, gpu, known, measure)) };
}

interface Measure {
  readonly engine: Engine;
  readonly probes: readonly CalibrationProbe[];
  readonly clock: () => number;
  readonly rounds: number;
  readonly signal: AbortSignal | undefined;
}

async function measureBackend(backend: BackendName, known: BackendRates, measure: Measure): Promise<BackendRates> {
  const operationsPerSecond: Record<RateClass, number> = { ...known.operationsPerSecond };
  let { launchSeconds, bytesPerSecond } = known;
  for (const probe of measure.probes) {
    if (probe.backend && probe.backend !== backend) continue;
    measure.signal?.throwIfAborted();
    const seconds = await timeProbe(probe, backend, measure);
    // A host that freezes its clock during compute (against timing attacks) shows nothing: keep what is known.
    if (!(seconds > 0)) continue;
    const { operations, bytes } = probe.work;
    const busy = Math.max(seconds - launchSeconds, leastBusy * seconds);
    if (probe.measures === "launch") launchSeconds = seconds;
    else if (probe.measures === "bytes") bytesPerSecond = bytes / busy;
    else operationsPerSecond[probe.measures] = operations / busy;
  }
  return { launchSeconds, bytesPerSecond, operationsPerSecond };
}

/** Seconds per call, best of the rounds. */
async function timeProbe(
  probe: CalibrationProbe,
  backend: BackendName,
  { engine, clock, rounds }: Measure,
): Promise<number> {
  const inputs = probe.prepare(engine);
  try {
    // The first call compiles, and brings the inputs to the backend's side.
    probe.run(inputs, backend).dispose();
    await engine.gpu?.idle();
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < rounds; round++)
      best = Math.min(best, await timeRound(probe, inputs, backend, engine, clock));
    return best / 1000;
  } finally {
    for (const input of inputs) input.dispose();
  }
}

/** Several calls in a row on a GPU, so that the wait for the device is shared out. */
async function timeRound(
  probe: CalibrationProbe,
  inputs: readonly Tensor[],
  backend: BackendName,
  engine: Engine,
  clock: () => number,
): Promise<number> {
  const repeats = probe.calls ?? (backend === "webgpu" ? 8 : 1);
  const start = clock();
  for (let i = 0; i < repeats; i++) probe.run(inputs, backend).dispose();
  if (backend === "webgpu") await engine.gpu?.idle();
  return (clock() - start) / repeats;
}

async function measureTransfers(
  { wasm }: Engine,
  gpu: WebGpuBackend,
  known: Rates,
  { clock, rounds }: Measure,
): Promise<Pick<Rates, "uploadBytesPerSecond" | "downloadBytesPerSecond" | "roundTripSeconds">> {
  const ptr = wasm.allocate(transferBytes, "calibrate");
  const buffer = gpu.allocate(transferBytes, "calibrate");
  const best = async (body: () => Promise<unknown>): Promise<number> => {
    let least = Number.POSITIVE_INFINITY;
    for (let round = 0; round < rounds; round++) {
      const start = clock();
      await body();
      least = Math.min(least, (clock() - start) / 1000);
    }
    return least;
  };
  try {
    const uploadOnce = () => {
      gpu.write(buffer, wasm.bytes(ptr, transferBytes));
      return gpu.idle();
    };
    const idle = await best(() => gpu.idle());
    const upload = (await best(uploadOnce)) - idle;
    const roundTripSeconds = await best(() => gpu.read({ buffer, offset: 0, bytes: 4 }, "calibrate"));
    const download =
      (await best(() => gpu.read({ buffer, offset: 0, bytes: transferBytes }, "calibrate"))) - roundTripSeconds;
    const rate = (seconds: number, fallback: number) => (seconds > 0 ? transferBytes / seconds : fallback);
    return {
      uploadBytesPerSecond: rate(upload, known.uploadBytesPerSecond),
      downloadBytesPerSecond: rate(download, known.downloadBytesPerSecond),
      roundTripSeconds: roundTripSeconds > 0 ? roundTripSeconds : known.roundTripSeconds,
    };
  } finally {
    wasm.release(ptr);
    gpu.release(buffer);
  }
}
