/**
 * Wavefold: a compute engine in which WebAssembly SIMD and WebGPU work together, a backend picked per operation.
 * @module
 */

export {
  type BackendMemory,
  type BackendName,
  DeviceLostError,
  DisposedError,
  DTypeError,
  InputError,
  KernelError,
  OutOfMemoryError,
  ShapeError,
  UnsupportedError,
  WavefoldError,
} from "./backends/contract.js";
export type { KernelGroup, WasmRun, WasmVariant } from "./backends/wasm/group.js";
export type { WasmSource } from "./backends/wasm/module-source.js";
export {
  type CoreShader,
  type Dispatch,
  type GpuCapabilities,
  type GpuLimits,
  type GpuRegion,
  type GpuRun,
  packParams,
  type ShaderFeature,
  type SubgroupMatrixConfig,
} from "./backends/webgpu/run.js";
export { createEngine, type EngineOptions, type WebGpuOptions } from "./create-engine.js";
export type { CalibrateOptions } from "./engine/calibrate.js";
export type { Engine, EngineMemory } from "./engine/engine.js";
export type { LiveTensor } from "./engine/live-tensors.js";
export {
  type CandidateFacts,
  type Estimate,
  type Plan,
  type PlanFacts,
  type PlannedCandidate,
  plan,
} from "./engine/plan.js";
export { type BackendRates, type Calibration, defaultRates, type Rates } from "./engine/rates.js";
export { Scope } from "./engine/scope.js";
export type { TensorHost, TensorOptions } from "./engine/tensor-host.js";
export { type ArgOptions, argmax, argmin } from "./ops/arg.js";
export { alibiSlopes } from "./ops/attention/alibi.js";
export type { AttentionLayout, AttentionOptions } from "./ops/attention/options.js";
export { type AttentionWithLse, attention, attentionWithLse } from "./ops/attention.js";
export {
  type AttentionBackwardOptions,
  type AttentionGradients,
  attentionBackward,
} from "./ops/attention-backward.js";
export * from "./ops/binary.js";
export { broadcastTo, copy } from "./ops/broadcast-to.js";
export { cast } from "./ops/cast.js";
export { clamp } from "./ops/clamp.js";
export * from "./ops/compare.js";
export { concat, stack } from "./ops/concat.js";
export * from "./ops/define-op.js";
export { fill } from "./ops/fill.js";
export { gather } from "./ops/gather.js";
export type { Activation } from "./ops/matmul/activation.js";
export { type MatmulOptions, matmul } from "./ops/matmul.js";
export { type LayerNormOptions, layerNorm, type RmsNormOptions, rmsNorm } from "./ops/norm.js";
export { type PadOptions, pad } from "./ops/pad.js";
export * from "./ops/random.js";
export * from "./ops/reduce.js";
export { type ScatterOptions, scatter } from "./ops/scatter.js";
export { type SliceRange, slice, split } from "./ops/slice.js";
export { type LogsumexpOptions, logSoftmax, logsumexp, type SoftmaxOptions, softmax } from "./ops/softmax.js";
export { type TransposeOptions, transpose } from "./ops/transpose.js";
export * from "./ops/unary.js";
export * from "./ops/where.js";
export { type BitsArray, type DType, dtypes } from "./tensor/dtype.js";
export type { HostTensor } from "./tensor/host-tensor.js";
export type { Shape } from "./tensor/shape.js";
export { Tensor, type TensorData } from "./tensor/tensor.js";
export type { NestedValues, TensorValues } from "./tensor/values.js";
