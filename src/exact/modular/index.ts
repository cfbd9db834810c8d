/** What wavefold/exact shows of arithmetic modulo primes below 2^31. */
export { PrimeField } from "./field.js";
export { type HalfGcd, halfGcd, type Matrix2, polyGcd } from "./half-gcd.js";
export {
  type Division,
  polyAdd,
  polyDerivative,
  polyDivide,
  polyEvaluate,
  polyMonic,
  polyMultiply,
  polyReciprocal,
  polySub,
} from "./polynomials.js";
export {
  addVectors,
  axpyVectors,
  dotVectors,
  invertVector,
  mulVectors,
  type Residues,
  scaleVector,
  subVectors,
} from "./vectors.js";
export { invMod, isWordPrime, mulMod, powMod, wordPrimes } from "./word-primes.js";
