/** Getting a device: a caller's own, or the host's best adapter with the features and limits it offers. */
import { UnsupportedError } from "../contract.js";
import type { Host } from "../host/contract.js";
import type { GpuCapabilities, GpuLimits, SubgroupMatrixConfig } from "./run.js";

export interface DeviceOptions {
  host: Host;
  /** A device that the caller owns; it is never destroyed here. */
  device?: GPUDevice;
  /** Take a software (fallback) adapter when there is no other. */
  software?: boolean;
  powerPreference?: GPUPowerPreference;
  /** Leave optional features out, as a device without them would. */
  features?: readonly string[];
  /** Lower limits than the device's, for tests and for sharing a device. */
  limits?: Partial<GpuLimits>;
  /** Passed to Dawn on Node: "enable-dawn-features=...". */
  flags?: readonly string[];
}

export interface AcquiredDevice {
  readonly device: GPUDevice;
  readonly caps: GpuCapabilities;
  readonly adapterName: string;
  readonly software: boolean;
  /** False for a caller's own device. */
  readonly owned: boolean;
  /** Dawn collects devices whose instance is unreachable, so it is held as long as the device. */
  readonly gpu: GPU | undefined;
}

const wantedFeatures = ["shader-f16", "subgroups", "timestamp-query", "chromium-experimental-subgroup-matrix"];

const limitNames = [
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupsPerDimension",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxStorageBuffersPerShaderStage",
  "minStorageBufferOffsetAlignment",
] as const satisfies readonly (keyof GpuLimits)[];

/** Software rasterisers do not always say so themselves. */
const softwareNames = /swiftshader|llvmpipe|lavapipe|software|basic render/i;

export async function acquireDevice(options: DeviceOptions): Promise<AcquiredDevice> {
  if (options.device) return describe(options.device, options, undefined, false);
  const gpu = await options.host.gpu(options.flags ?? []);
  if ("reason" in gpu) throw new UnsupportedError("webgpu", gpu.reason);
  const adapter = await gpu.requestAdapter(options.powerPreference ? { powerPreference: options.powerPreference } : {});
  if (!adapter) throw new UnsupportedError("webgpu", "the host has WebGPU but offers no adapter");
  const software = isSoftware(adapter);
  if (software && !options.software) {
    throw new UnsupportedError("webgpu", `the only adapter (${nameOf(adapter.info)}) is a software one`);
  }
  const allowed = options.features ?? wantedFeatures;
  const requiredFeatures = wantedFeatures.filter((name) => allowed.includes(name) && adapter.features.has(name));
  const requiredLimits: Record<string, number> = {};
  for (const name of limitNames) requiredLimits[name] = adapter.limits[name];
  requiredLimits.maxComputeWorkgroupSizeX = adapter.limits.maxComputeWorkgroupSizeX;
  requiredLimits.maxComputeWorkgroupSizeY = adapter.limits.maxComputeWorkgroupSizeY;
  const device = await adapter.requestDevice({
    requiredFeatures: requiredFeatures as GPUFeatureName[],
    requiredLimits,
  });
  return describe(device, options, gpu, software, adapter);
}

function describe(
  device: GPUDevice,
  options: DeviceOptions,
  gpu: GPU | undefined,
  software: boolean,
  adapter?: GPUAdapter,
): AcquiredDevice {
  const info = adapter?.info ?? (device as { adapterInfo?: GPUAdapterInfo }).adapterInfo;
  const limits = Object.fromEntries(
    limitNames.map((name) => [name, options.limits?.[name] ?? device.limits[name]]),
  ) as unknown as GpuLimits;
  const has = (name: string) => device.features.has(name) && (options.features?.includes(name) ?? true);
  const matrices = (info as { subgroupMatrixConfigs?: Iterable<SubgroupMatrixConfig> } | undefined)
    ?.subgroupMatrixConfigs;
  const caps: GpuCapabilities = {
    software,
    f16: has("shader-f16"),
    subgroups: has("subgroups"),
    subgroupMinSize: info?.subgroupMinSize ?? 0,
    subgroupMaxSize: info?.subgroupMaxSize ?? 0,
    timestamps: has("timestamp-query"),
    subgroupMatrices: has("chromium-experimental-subgroup-matrix") && matrices ? [...matrices] : [],
    limits,
  };
  return {
    device,
    caps,
    adapterName: info ? nameOf(info) : "a caller's device",
    software,
    owned: !options.device,
    gpu,
  };
}

function isSoftware(adapter: GPUAdapter): boolean {
  const old = (adapter as { isFallbackAdapter?: boolean }).isFallbackAdapter;
  const info = adapter.info as GPUAdapterInfo & { isFallbackAdapter?: boolean };
  return info.isFallbackAdapter === true || old === true || softwareNames.test(nameOf(info));
}

function nameOf(info: GPUAdapterInfo): string {
  return (
    [info.description, info.device, info.vendor, info.architecture].filter(Boolean).join(" ").trim() ||
    "unnamed adapter"
  );
}
