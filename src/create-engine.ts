/** Puts an engine together from what the host has. Never fails for lack of a GPU. */
import { host } from "#host";
import { type BackendName, InputError, WavefoldError } from "./backends/contract.js";
import { WasmBackend } from "./backends/wasm/backend.js";
import { coreGroup } from "./backends/wasm/core-group.js";
import type { KernelGroup } from "./backends/wasm/group.js";
import { moduleFrom, type WasmSource } from "./backends/wasm/module-source.js";
import { WebGpuBackend } from "./backends/webgpu/backend.js";
import type { DeviceOptions } from "./backends/webgpu/device.js";
import { Engine } from "./engine/engine.js";
import { type Calibration, checkCalibration, defaultRates, withThreads } from "./engine/rates.js";
import { calibrationProbes } from "./ops/calibration-probes.js";

export interface EngineOptions {
  /** Where every operation runs that can, unless a call says otherwise; by default the plan decides per operation. */
  backend?: BackendName;
  /** The same for single operations, by name: `{ softmax: "wasm" }`. */
  placement?: Readonly<Record<string, BackendName>>;
  /** Threads, the caller's included. Default: what the host has; 1 where it may not block or share memory. */
  threads?: number;
  /** True keeps relaxed SIMD out: the same bits on every machine. */
  deterministic?: boolean;
  /** A compiled core kernel module, its bytes, or where to fetch them; for hosts that load modules their own way. */
  wasm?: WasmSource;
  /** False: no WebGPU. "software": take a software adapter if there is no other. Or the details. Default true. */
  webgpu?: boolean | "software" | WebGpuOptions;
  /** A caller's own device; it is used and never destroyed. */
  device?: GPUDevice;
  /** Most bytes of WebAssembly memory; at most and by default 4 GiB. */
  maxWasmBytes?: number;
  /** Most bytes of GPU buffers; by default no cap but the device's. */
  maxGpuBytes?: number;
  /** What an earlier engine.calibrate() returned. */
  calibration?: Calibration;
}

export interface WebGpuOptions
  extends Pick<DeviceOptions, "powerPreference" | "features" | "limits" | "flags" | "software"> {}

const wasmAddressBytes = 2 ** 32;

/**
 * The one way in. Compiles nothing at import; several engines may exist side by side.
 * @throws InputError for options that make no sense; UnsupportedError where WebAssembly SIMD is missing, or where
 *         `backend: "webgpu"` is asked for and there is none
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  checkOptions(options);
  const wasm = new WasmBackend({
    host,
    relaxed: options.deterministic !== true,
    maxBytes: options.maxWasmBytes ?? wasmAddressBytes,
    ...threadsOf(options),
  });
  const core = options.wasm ? await moduleFrom(options.wasm) : undefined;
  const [gpu, loaded] = await Promise.all([openGpu(options), loadCore(wasm, core)]);
  const rates = options.calibration?.rates ?? withThreads(defaultRates, wasm.threads);
  const missing = loaded ?? (options.backend === "webgpu" && !(gpu instanceof WebGpuBackend) ? gpu : undefined);
  if (missing) {
    wasm.destroy();
    if (gpu instanceof WebGpuBackend) gpu.destroy();
    throw missing;
  }
  return new Engine({
    wasm,
    gpu: gpu instanceof WebGpuBackend ? gpu : undefined,
    gpuAbsent: gpu instanceof WebGpuBackend ? "" : gpu.message,
    rates,
    preferred: (op) => options.placement?.[op] ?? options.backend,
    probes: calibrationProbes,
    ...(options.device ? {} : { reviveGpu: () => createGpu(options) }),
  });
}

/** A user's module is one binary, made for unshared memory, so it runs on one thread. */
function threadsOf({ wasm, threads }: EngineOptions): { threads?: number } {
  if (wasm) return { threads: 1 };
  return threads === undefined ? {} : { threads };
}

/** Undefined, or why the kernels could not be loaded. */
async function loadCore(wasm: WasmBackend, core: WebAssembly.Module | undefined): Promise<unknown> {
  try {
    await wasm.load(coreGroup as KernelGroup<object>, core);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The backend, or why there is none. */
async function openGpu(options: EngineOptions): Promise<WebGpuBackend | WavefoldError> {
  if (options.webgpu === false) return new WavefoldError("E_UNSUPPORTED", "WebGPU was turned off by the option webgpu");
  try {
    return await createGpu(options);
  } catch (error) {
    return error instanceof WavefoldError
      ? error
      : new WavefoldError("E_UNSUPPORTED", `WebGPU failed to start: ${String(error)}`, { cause: error });
  }
}

function createGpu({ webgpu, device, maxGpuBytes }: EngineOptions): Promise<WebGpuBackend> {
  const details = typeof webgpu === "object" ? webgpu : { software: webgpu === "software" };
  return WebGpuBackend.create(
    { host, ...details, ...(device ? { device } : {}) },
    maxGpuBytes ?? Number.POSITIVE_INFINITY,
  );
}

function checkOptions(options: EngineOptions): void {
  if (typeof options !== "object" || options === null)
    throw new InputError("createEngine", "options", "must be an object");
  const { backend, placement, threads, maxWasmBytes, maxGpuBytes, calibration, webgpu } = options;
  const positive = (name: string, value: number | undefined, integer: boolean) => {
    if (value === undefined) return;
    if (!(value > 0) || !Number.isFinite(value) || (integer && !Number.isInteger(value))) {
      throw new InputError(
        "createEngine",
        name,
        `is ${String(value)}; expected a positive ${integer ? "integer" : "number"}`,
      );
    }
  };
  checkBackend("backend", backend);
  for (const [op, value] of Object.entries(placement ?? {})) checkBackend(`placement.${op}`, value);
  if (
    webgpu !== undefined &&
    typeof webgpu !== "boolean" &&
    webgpu !== "software" &&
    (typeof webgpu !== "object" || webgpu === null)
  ) {
    throw new InputError("createEngine", "webgpu", `is ${String(webgpu)}; expected a boolean, "software" or an object`);
  }
  positive("threads", threads, true);
  positive("maxWasmBytes", maxWasmBytes, false);
  positive("maxGpuBytes", maxGpuBytes, false);
  if (maxWasmBytes !== undefined && maxWasmBytes > wasmAddressBytes) {
    throw new InputError("createEngine", "maxWasmBytes", "is over 4 GiB, the most that WebAssembly addresses");
  }
  if (calibration !== undefined) checkCalibration(calibration);
}

function checkBackend(name: string, value: unknown): void {
  if (value !== undefined && value !== "wasm" && value !== "webgpu") {
    throw new InputError("createEngine", name, `is ${String(value)}; expected "wasm" or "webgpu"`);
  }
}
