/**
 * Exact arithmetic over native BigInt: long integers, rational numbers, and real constants in certified enclosures. Every function runs as it stands; one that takes `{ kernels }` runs faster with `openExact(engine)`.
 * @module wavefold/exact
 */
export * from "./constants/index.js";
export { type Bezout, gcd, gcdOf, invertModulo, lcm, xgcd } from "./integers/gcd.js";
export { bitLength } from "./integers/limbs.js";
export { ExactKernels, type ExactOptions, openExact } from "./kernels.js";
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
