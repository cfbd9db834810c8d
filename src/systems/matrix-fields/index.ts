/**
 * Polynomial continued fractions, the search for those whose convergents reduce by factorials, and conservative matrix
 * fields (Elimelech et al., "Algorithm-assisted discovery of an intrinsic order among mathematical constants", PNAS 2024).
 * @module
 */
export { type Box, cube, fractionOf, type Range } from "./box.js";
export { eField, piField, symmetricPiField, zeta3Field } from "./catalogue.js";
export {
  type AuthorsVerdict,
  agreement,
  authorsRule,
  blindDelta,
  type Convergent,
  convergentAt,
  convergentMatrix,
  convergents,
  decimals,
  delta,
  fractionValue,
  lowestTerms,
  reductionSamples,
  type Value,
} from "./convergents.js";
export { checkConservation, type MatrixField, type Point, walk, walkConvergent } from "./field.js";
export {
  type Convergence,
  convergence,
  type Deflated,
  deflate,
  deflateAll,
  type Fraction,
  formatFraction,
  fraction,
  inflate,
  negateFraction,
  shiftFraction,
  singularPoints,
} from "./fraction.js";
export type { IntegerMatrix } from "./integer-matrix.js";
export {
  type NilpotencyOptions,
  nilpotencyCounts,
  nilpotencyMask,
  type Survivor,
  survivorsOf,
} from "./nilpotency.js";
export { type Polynomial, polynomial } from "./polynomial.js";
