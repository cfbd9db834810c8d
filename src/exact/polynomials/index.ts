/** What wavefold/exact shows of polynomials over Z. */
export {
  dividePolynomials,
  evaluatePolynomial,
  gcdPolynomials,
  type IntegerPolynomial,
  multiplyPolynomials,
  primitivePart,
  splitPeriod,
} from "./integer-polynomials.js";
