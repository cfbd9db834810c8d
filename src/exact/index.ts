/**
 * Exact arithmetic over native BigInt: long integers. Every function runs as it stands; one that takes `{ kernels }` runs faster with `openExact(engine)`.
 * @module wavefold/exact
 */
export { type Bezout, gcd, gcdOf, invertModulo, lcm, xgcd } from "./integers/gcd.js";
export { bitLength } from "./integers/limbs.js";
export { ExactKernels, type ExactOptions, openExact } from "./kernels.js";
