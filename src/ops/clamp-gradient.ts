/** Gradient of clamp: that of the result where the argument was within the bounds, which count as within. */
import type { Gradient } from "../engine/gradient.js";
import { eq } from "./compare.js";
import { onlyWhere, pullback } from "./support/pullbacks.js";

export const clampGradient: Gradient<unknown> = ({ inputs: [a], outputs: [y] }) => [
  pullback(0, [a!, y!], (dy, a, y) => onlyWhere(eq(a, y), dy)),
];
