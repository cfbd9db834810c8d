/**
 * State tracking: regular languages and finite automata, compiled to the weights of linear recurrences whose transition
 * matrices have eigenvalues in [-1, 1] (Grazzi and others, "Unlocking State-Tracking in Linear RNNs Through Negative
 * Eigenvalues", arXiv 2411.12537, 2024; Siems and others, "DeltaProduct", arXiv 2502.10297, 2025).
 * @module
 */
export {
  type Automaton,
  minimize,
  modular,
  parity,
  permutationAutomaton,
} from "./automaton.js";
export { type Cascade, type CascadeLevel, cascadeOf } from "./cascade.js";
export { type CompiledAutomaton, type CompiledLayer, compile } from "./compile.js";
export { type RegexOptions, regularExpression } from "./regular-expression.js";
export { StateTracker, type TrackerOptions } from "./tracker.js";
export type { Transformation } from "./transformation.js";
