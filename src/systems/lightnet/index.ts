/**
 * LightNet: linear attention with an additive recurrence, so that one scan sees a whole image or video (Qin et al., "You Only
 * Scan Once: Efficient Multi-dimension Sequential Modeling with LightNet", arXiv 2405.21022, 2024).
 * @module
 */
export type { AdditiveOptions, AdditiveResult } from "./additive.js";
export type { AdditiveBackwardOptions, AdditiveGradients, StateGradients } from "./additive-backward.js";
export { lightnet } from "./lightnet.js";
export { lightnetBackward } from "./lightnet-backward.js";
export type { LightNetOptions } from "./params.js";
export { cloneLightNetState, type InitialState, type LightNetState, logNormaliser } from "./state.js";
