/**
 * LightNet: linear attention with an additive recurrence, so that one scan sees a whole image or video (Qin et al., "You Only
 * Scan Once: Efficient Multi-dimension Sequential Modeling with LightNet", arXiv 2405.21022, 2024).
 * @module
 */
export type { AdditiveOptions, AdditiveResult } from "./additive.js";
export type { AdditiveBackwardOptions, AdditiveGradients, StateGradients } from "./additive-backward.js";
export {
  type GluWeights,
  gatedLinearUnit,
  type LightNetBlockWeights,
  lightnetBlock,
} from "./block.js";
export { exponentialFilter, type FilterOptions, type FilterResult } from "./filter.js";
export { exponentialFilterBackward, type FilterBackwardOptions, type FilterGradients } from "./filter-backward.js";
export type { FilterShape } from "./filter-params.js";
export { type GatesOptions, type GatesResult, type InitialNormaliser, lightnetGates } from "./gates.js";
export { type GatesBackwardOptions, type GatesGradients, lightnetGatesBackward } from "./gates-backward.js";
export type { GatesShape } from "./gates-params.js";
export {
  type LightNetLayerOptions,
  type LightNetLayerResult,
  type LightNetWeights,
  lightnetLayer,
} from "./layer.js";
export { lightnet } from "./lightnet.js";
export { lightnetBackward } from "./lightnet-backward.js";
export { MdLrpe } from "./md-lrpe.js";
export { type AxisFilter, headFilter, type MdTpeOptions, mdTpe, mdTpeBackward } from "./md-tpe.js";
export {
  type LightNetBlockState,
  type LightNetModelOptions,
  type LightNetModelResult,
  type LightNetModelWeights,
  lightnetModel,
} from "./model.js";
export type { LightNetOptions } from "./params.js";
export { type MdLrpeOptions, type RotationKind, thetaTable } from "./rotation-tables.js";
export type { ShortConvState, ShortConvWeights } from "./short-conv.js";
export { cloneLightNetState, type InitialState, type LightNetState, logNormaliser } from "./state.js";
export { type LightNetStepOptions, lightnetStep } from "./step.js";
export { type TwoScansOptions, twoScans } from "./two-scans.js";
