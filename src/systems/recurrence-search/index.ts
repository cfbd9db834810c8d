/**
 * Finding recurrences: Berlekamp-Massey in all its forms, and the plainest rule of a sequence of integers.
 * @module wavefold/recurrence-search
 */

export { type LeftSide, leftSides } from "./esma/left-sides.js";
export { type ConjectureOptions, type Conjectures, type Counts, conjecture, type Formula } from "./esma/search.js";
export { type SignWord, signWords } from "./esma/sign-words.js";
export type { Constant } from "./esma/value.js";
export type { AlgebraicEquation } from "./guess/algebraic.js";
export { type ReadTerms, readTerms } from "./guess/b-file.js";
export { type Format, formatRecurrence, formats } from "./guess/formats.js";
export { type MinimalOptions, type MinimalRecurrence, minimalRecurrence } from "./guess/minimal-recurrence.js";
export type { Recurrence } from "./guess/polynomial-coefficients.js";
export { openRecurrenceSearch, SearchKernels, type SearchOptions } from "./kernels.js";
export { type BatchOptions, type BatchRecurrences, berlekampMasseyBatch } from "./massey/batch.js";
export { berlekampMassey, type MasseyOptions } from "./massey/berlekamp-massey.js";
export { GrowingSequence } from "./massey/growing-sequence.js";
export { type InterlacedShape, interlacedPolynomials, interlacedShape } from "./massey/interlaced.js";
export { expandRecurrence, obeys } from "./massey/lfsr.js";
export { type LinearRecurrence, minimalPolynomial, symmetric } from "./massey/linear-recurrence.js";
export { fractionsOf, type RationalRecurrence, rationalRecurrence } from "./massey/rational-field.js";
export { type VectorOptions, vectorRecurrence } from "./massey/vectors.js";
