/** Real constants as certified enclosures. */
export { algebraicNumber, formatPolynomial } from "./algebraic.js";
export { type BesselKind, bessel, besselRatio } from "./bessel.js";
export { catalan } from "./catalan.js";
export * from "./enclosure.js";
export { eulerGamma } from "./euler-gamma.js";
export { e, exponential } from "./exponential.js";
export { gompertz } from "./gompertz.js";
export { logarithm } from "./logarithm.js";
export { parseConstant } from "./parse.js";
export { pi } from "./pi.js";
export { bitsForDigits, decimals, type Real } from "./real.js";
export { type RootInterval, realRoots } from "./real-roots.js";
export { realFromEnclosure, type UserDigits, userDigits } from "./user-digits.js";
export { zeta } from "./zeta.js";
