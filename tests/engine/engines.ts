/** Engines without the package's kernels, on a host and a GPU that tests choose. */
import { afterEach } from "vitest";
import { UnsupportedError } from "../../src/backends/contract.js";
import type { Host } from "../../src/backends/host/contract.js";
import { host } from "../../src/backends/host/node.js";
import { WasmBackend } from "../../src/backends/wasm/backend.js";
import { WebGpuBackend } from "../../src/backends/webgpu/backend.js";
import type { GpuLimits } from "../../src/backends/webgpu/run.js";
import { Engine, type EngineParts } from "../../src/engine/engine.js";
import { defaultRates } from "../../src/engine/rates.js";

const open: Engine[] = [];
afterEach(() => {
  for (const engine of open.splice(0)) engine.destroy();
});

export interface TestEngineOptions extends Partial<Omit<EngineParts, "wasm">> {
  host?: Host;
  maxWasmBytes?: number;
}

/** On one thread, without a GPU unless one is given; destroyed after the test. */
export function testEngine({ maxWasmBytes, host: chosen, ...parts }: TestEngineOptions = {}): Engine {
  const wasm = new WasmBackend({ host: chosen ?? host, threads: 1, maxBytes: maxWasmBytes ?? 2 ** 30 });
  const engine = new Engine({
    wasm,
    gpu: undefined,
    gpuAbsent: "the test has none",
    rates: defaultRates,
    preferred: () => undefined,
    probes: [],
    ...parts,
  });
  open.push(engine);
  return engine;
}

export interface TestGpuOptions {
  limits?: Partial<GpuLimits>;
  device?: GPUDevice;
  capBytes?: number;
}

/** The software adapter that Dawn finds. */
export function softwareGpu({ capBytes = Infinity, ...options }: TestGpuOptions = {}): Promise<WebGpuBackend> {
  return WebGpuBackend.create({ host, software: true, ...options }, capBytes);
}

export async function gpuEngine(options: TestGpuOptions & TestEngineOptions = {}): Promise<Engine> {
  const { limits, device, capBytes, ...parts } = options;
  const gpu = await softwareGpu({
    ...(limits ? { limits } : {}),
    ...(device ? { device } : {}),
    ...(capBytes ? { capBytes } : {}),
  });
  return testEngine({ gpu, gpuAbsent: "", ...parts });
}

/** Why tests on the software adapter cannot run here; undefined when they can. */
export async function gpuMissing(): Promise<string | undefined> {
  try {
    (await softwareGpu()).destroy();
    return undefined;
  } catch (error) {
    if (error instanceof UnsupportedError) return error.message;
    throw error;
  }
}
