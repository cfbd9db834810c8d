/** Gradient of transpose: transposed back. */
import type { Gradient } from "../engine/gradient.js";
import type { Tensor } from "../tensor/tensor.js";
import { pullback } from "./support/pullbacks.js";
import { type TransposeOptions, transpose } from "./transpose.js";

export const transposeGradient: Gradient<unknown> = ({ args }) => {
  const [{ rank }, { axes } = {}] = args as [Tensor, TransposeOptions?];
  const back = axes?.map((_, axis) => axes.findIndex((from) => (from < 0 ? from + rank : from) === axis));
  return [pullback(0, [], (dy) => transpose(dy, back ? { axes: back } : {}))];
};
