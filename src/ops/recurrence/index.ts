/**
 * Linear recurrences: the cores that linear attention, state-space models and their relatives are made of, in all forms, with
 * gradients, on both backends.
 * @module
 */

export { type AffineScanOptions, affineScan } from "./affine-scan.js";
export { type CausalConvOptions, type CausalConvResult, causalConv } from "./causal-conv.js";
export {
  type CausalConvBackwardOptions,
  type CausalConvGradients,
  causalConvBackward,
} from "./causal-conv-backward.js";
export type { ConvActivation } from "./causal-conv-params.js";
export { type DeltaOptions, type DeltaResult, delta } from "./delta.js";
export { type DeltaBackwardOptions, type DeltaGradients, deltaBackward } from "./delta-backward.js";
export { type DeltaStepOptions, deltaStep } from "./delta-step.js";
export type { GatedGradients, RecurrenceResult } from "./gated-op.js";
export { type LowRankOptions, type LowRankResult, lowRank } from "./low-rank.js";
export { type LowRankBackwardOptions, type LowRankGradients, lowRankBackward } from "./low-rank-backward.js";
export { type LowRankStepOptions, lowRankStep } from "./low-rank-step.js";
export { type MatrixScanOptions, matrixScan, type Semiring } from "./matrix-scan.js";
export { type LightningOptions, lightning, retention, simpleGla } from "./mixers/decayed.js";
export {
  type DeltaProductOptions,
  type DeltaRuleMixerOptions,
  deltaProduct,
  deltaRule,
  gatedDelta,
  kda,
} from "./mixers/delta-rules.js";
export { type GatedMixerOptions, gla, hgrn2, rwkv6 } from "./mixers/gated.js";
export { type GsaOptions, type GsaResult, gsa } from "./mixers/gsa.js";
export { type HgrnOptions, hgrn } from "./mixers/hgrn.js";
export { linearAttention, normalisedLinearAttention, type UngatedOptions } from "./mixers/linear-attention.js";
export { type Mamba2Inputs, type Mamba2Options, mamba2 } from "./mixers/mamba2.js";
export type { EigenvalueRange } from "./mixers/parts.js";
export { type Rwkv7Inputs, rwkv7 } from "./mixers/rwkv7.js";
export { type Core, type Mixer, mixers } from "./mixers.js";
export { type MonoidScanOptions, monoidScan } from "./monoid-scan.js";
export {
  type OnnxCausalConvInputs,
  type OnnxLinearAttentionAttributes,
  type OnnxLinearAttentionInputs,
  type OnnxLinearAttentionResult,
  onnxCausalConvWithState,
  onnxLinearAttention,
  type UpdateRule,
} from "./onnx.js";
export type { RecurrenceForm, RecurrenceOptions, StateLayout } from "./options.js";
export {
  type ScalarGateBackwardOptions,
  type ScalarGateOptions,
  scalarGate,
  scalarGateBackward,
  scalarGateStep,
} from "./scalar-gate.js";
export type { ScanVariant } from "./scan/gpu-words.js";
export { FiniteMonoid } from "./scan/monoid.js";
export { type ScanOperation, type ScanOptions, scan } from "./scan.js";
export { type SelectiveScanOptions, type SelectiveScanResult, selectiveScan } from "./selective-scan.js";
export {
  type SelectiveScanBackwardOptions,
  type SelectiveScanGradients,
  selectiveScanBackward,
} from "./selective-scan-backward.js";
export { type SelectiveScanStepOptions, selectiveScanStep } from "./selective-scan-step.js";
export { cloneState, rollback, saveStates } from "./state.js";
export {
  type VectorGateBackwardOptions,
  type VectorGateOptions,
  vectorGate,
  vectorGateBackward,
  vectorGateStep,
} from "./vector-gate.js";
