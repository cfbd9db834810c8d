/** Continued fractions and their transformations. */
export {
  type ContinuedFraction,
  type Convergent,
  continuedFraction,
  convergents,
  exactValue,
} from "./continued-fraction.js";
export { companion, contracted, contractedMatrix, type Terms } from "./contraction.js";
export { type Expansion, expandEnclosure } from "./expansion.js";
export { formatContinuedFraction, latexContinuedFraction } from "./format.js";
export {
  euclid as rationalTerms,
  identityMoebius,
  type Moebius,
  type SignedTerm,
  simplified,
  transformTerms,
} from "./moebius-transform.js";
export {
  detectPeriod,
  type PeriodicTerms,
  type QuadraticNumber,
  quadraticNumber,
  quadraticTerms,
} from "./quadratic.js";
export { equivalent, folded, minusToPlus, plusToMinus, removeNegative, removeZero } from "./transformations.js";
