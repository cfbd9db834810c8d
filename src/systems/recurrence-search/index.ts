/**
 * Finding recurrences: Berlekamp-Massey in all its forms.
 * @module wavefold/recurrence-search
 */
export { openRecurrenceSearch, SearchKernels, type SearchOptions } from "./kernels.js";
export { type BatchOptions, type BatchRecurrences, berlekampMasseyBatch } from "./massey/batch.js";
export { berlekampMassey, type MasseyOptions } from "./massey/berlekamp-massey.js";
export { GrowingSequence } from "./massey/growing-sequence.js";
export { type InterlacedShape, interlacedPolynomials, interlacedShape } from "./massey/interlaced.js";
export { expandRecurrence, obeys } from "./massey/lfsr.js";
export { type LinearRecurrence, minimalPolynomial, symmetric } from "./massey/linear-recurrence.js";
export { type Fraction, fractionsOf, type RationalRecurrence, rationalRecurrence } from "./massey/rational-field.js";
export { type VectorOptions, vectorRecurrence } from "./massey/vectors.js";
