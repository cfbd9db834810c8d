/**
 * Lightning Attention-2: causal linear attention with a fixed decay per head, at constant cost per token (Qin and others,
 * arXiv 2401.04658, 2024).
 * @module
 */
export {
  type LightningBackwardOptions,
  type LightningOptions,
  type LightningStepOptions,
  lightningAttention,
  lightningAttentionBackward,
  lightningAttentionStep,
} from "./attention.js";
export {
  type LightningLayerOptions,
  type LightningWeights,
  lightningLayer,
  simpleGatedUnit,
  simpleRmsNorm,
} from "./layer.js";
export { type SlopeOptions, type SlopeSchedule, slopeSchedules, slopes } from "./slopes.js";
