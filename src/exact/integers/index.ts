/** What wavefold/exact shows of long integers. */
export {
  type Congruence,
  chineseRemainder,
  liftVectors,
  type ReconstructionOptions,
  reconstructRational,
} from "./chinese-remainder.js";
export { type Bezout, gcd, gcdOf, invertModulo, lcm, xgcd } from "./gcd.js";
export { bitLength } from "./limbs.js";
export {
  type IntegerMatrix2,
  identityMatrix2,
  type MatrixProductOptions,
  multiplyMatrix2,
  product,
  productOfMatrices,
} from "./product-tree.js";
export { exactSqrt, isqrt } from "./roots.js";
