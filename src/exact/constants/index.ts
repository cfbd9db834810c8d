/** Real constants as certified enclosures. */
export * from "./enclosure.js";
export { e, exponential } from "./exponential.js";
export { logarithm } from "./logarithm.js";
export { pi } from "./pi.js";
export { bitsForDigits, decimals, type Real } from "./real.js";
export { zeta } from "./zeta.js";
