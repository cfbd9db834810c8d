/**
 * wavefold/autograd: gradients of functions over the engine's operations, by a tape.
 *
 * Every differentiable operation of the core has its rule; an operation of one's own gives one in defineOp's `gradient`. Gradients of
 * gradients are not supported.
 * @module
 */

export type { ConstantResults, Gradient, GradientRule, Pullback, RecordedCall } from "../engine/gradient.js";
export { type CheckOptions, checkGradients, type GradientReport, type VariableReport } from "./check-gradients.js";
export { checkpoint } from "./checkpoint.js";
export { type GradientsOf, grad, record, valueAndGrad } from "./grad.js";
export type { BackwardOptions, GradientOptions, Recording } from "./record.js";
export { stopGradient } from "./stop-gradient.js";
export type { TensorTree } from "./trees.js";
