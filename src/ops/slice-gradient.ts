/** Gradient of slice: the result's put back at its places, zeros between and around. */
import type { Gradient } from "../engine/gradient.js";
import type { Tensor } from "../tensor/tensor.js";
import { pad } from "./pad.js";
import { resolveRange, type SliceRange, slice } from "./slice.js";
import { pullback } from "./support/pullbacks.js";

/** Every element of an axis followed by `step` - 1 zeros, but the last. */
function spread(a: Tensor, axis: number, step: number): Tensor {
  const extent = a.shape[axis] as number;
  if (step === 1 || extent === 0) return a;
  const apart = a.reshape(a.shape.toSpliced(axis + 1, 0, 1));
  const widths = apart.shape.map((_, i): [number, number] => (i === axis + 1 ? [0, step - 1] : [0, 0]));
  const together = pad(apart, widths).reshape(a.shape.with(axis, extent * step));
  return slice(together, [...a.shape.slice(0, axis).map(() => null), [0, (extent - 1) * step + 1]]);
}

export const sliceGradient: Gradient<unknown> = ({ args }) => {
  const [{ shape }, ranges] = args as [Tensor, readonly SliceRange[]];
  const resolved = shape.map((extent, axis) => resolveRange(ranges[axis] ?? null, extent));
  return [
    pullback(0, [], (dy) => {
      const isBackwards = resolved.some(({ step }) => step < 0);
      const forwards = resolved.map(({ step }): SliceRange => (step < 0 ? [null, null, -1] : null));
      const ascending = isBackwards ? slice(dy, forwards) : dy;
      const spaced = resolved.reduce((a, { step }, axis) => spread(a, axis, Math.abs(step)), ascending);
      const widths = resolved.map(({ start, extent, step }, axis): [number, number] => {
        const first = extent === 0 ? 0 : step < 0 ? start + step * (extent - 1) : start;
        return [first, (shape[axis] as number) - first - (spaced.shape[axis] as number)];
      });
      return pad(spaced, widths);
    }),
  ];
};
