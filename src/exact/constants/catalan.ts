/** Catalan's constant. */
import { sumAlternating } from "./alternating.js";
import { type Real, real } from "./real.js";

/** sum (-1)^k / (2k+1)^2, whose terms are the moments of log(1/x) dx at even powers. */
export const catalan: Real = real("catalan", "G", (bits) => sumAlternating((k) => BigInt(2 * k + 1) ** 2n, bits));
