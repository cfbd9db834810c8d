/** Gradients of broadcastTo, summed over what was repeated, and of copy. */
import type { Gradient } from "../engine/gradient.js";
import { pullback, sumTo } from "./support/pullbacks.js";

export const broadcastToGradient: Gradient<unknown> = ({ inputs: [a] }) => [
  pullback(0, [], (dy) => sumTo(dy, a!.shape)),
];

export const copyGradient: Gradient<unknown> = () => [pullback(0, [], (dy) => dy)];
