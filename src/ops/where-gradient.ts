/** Gradients of where: each side gets what was taken from it. The condition has none. */
import type { Gradient } from "../engine/gradient.js";
import { pullback, scalarLike, sumTo } from "./support/pullbacks.js";
import { where } from "./where.js";

export const whereGradient: Gradient<unknown> = ({ inputs: [condition, a, b] }) => [
  pullback(1, [condition!], (dy, condition) => sumTo(where(condition, dy, scalarLike(dy, 0)), a!.shape)),
  pullback(2, [condition!], (dy, condition) => sumTo(where(condition, scalarLike(dy, 0), dy), b!.shape)),
];
