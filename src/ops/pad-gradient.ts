/** Gradient of pad: that of the part which a fills. */
import type { Gradient } from "../engine/gradient.js";
import type { PadParams } from "./pad.js";
import { slice } from "./slice.js";
import { pullback } from "./support/pullbacks.js";

export const padGradient: Gradient<PadParams> = ({ params: { region } }) => [
  pullback(0, [], (dy) =>
    slice(
      dy,
      region.shape.map((extent, axis) => {
        const start = region.at[axis] as number;
        return [start, start + extent];
      }),
    ),
  ),
];
