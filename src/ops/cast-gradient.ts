/** Gradient of a cast between floats: that of the result in the argument's dtype, as if nothing had been rounded. */
import type { Gradient } from "../engine/gradient.js";
import { gradientDType } from "../tensor/dtype.js";
import { narrow, pullback } from "./support/pullbacks.js";

export const castGradient: Gradient<unknown> = ({ inputs: [a] }) => [
  pullback(0, [], (dy) => narrow(dy, gradientDType(a!.dtype))),
];
