/**
 * Exact arithmetic over native BigInt: long integers, rational numbers, residues and polynomials modulo primes below 2^31, and
 * real constants in certified enclosures. Every function runs as it stands; with `{ kernels }` of `openExact(engine)` it runs faster.
 * @module wavefold/exact
 */
export * from "./constants/index.js";
export * from "./continued-fractions/index.js";
export {
  defaultConstants,
  type Identification,
  type IdentifyOptions,
  identify,
  type Match,
} from "./identify/identify.js";
export * from "./integers/index.js";
export { ExactKernels, type ExactOptions, openExact } from "./kernels.js";
export * from "./linear/index.js";
export { lllRelation, reduceLattice } from "./lll.js";
export * from "./modular/index.js";
export * from "./polynomials/index.js";
export { pslq } from "./pslq.js";
export {
  add as addRationals,
  ceilDivide,
  compare as compareRationals,
  divide as divideRationals,
  equal as equalRationals,
  floorDivide,
  formatRational,
  multiply as multiplyRationals,
  negate as negateRational,
  parseRational,
  power as powerRational,
  type Rational,
  rational,
  reciprocal,
  roundDivide,
  subtract as subtractRationals,
  toNumber as rationalToNumber,
} from "./rational.js";
export type { Relation, RelationOptions } from "./relations.js";
