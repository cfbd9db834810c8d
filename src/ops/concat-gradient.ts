/** Gradients of concat and stack: each tensor gets its part of the result's. */
import type { Gradient } from "../engine/gradient.js";
import type { ConcatParams } from "./concat.js";
import { slice } from "./slice.js";
import { pullback } from "./support/pullbacks.js";

export const concatGradient: Gradient<ConcatParams> = ({ inputs, params }) =>
  params.regions.map(({ at, shape }, index) =>
    pullback(index, [], (dy) => {
      const part = slice(
        dy,
        at.map((start, axis) => [start, start + (shape[axis] as number)]),
      );
      return part.reshape(inputs[index]!.shape);
    }),
  );
