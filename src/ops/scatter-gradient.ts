/**
 * Gradients of scatter. Adding: a's is the result's, an update's that of the slice it went to. Setting: a's is 0 where slices were
 * replaced, and of updates with one index only the last, which stayed, has any.
 */
import type { Gradient } from "../engine/gradient.js";
import type { Tensor } from "../tensor/tensor.js";
import { eq } from "./compare.js";
import { fill } from "./fill.js";
import { gather } from "./gather.js";
import { type ScatterOptions, type ScatterParams, scatter } from "./scatter.js";
import { onlyWhere, pullback } from "./support/pullbacks.js";

/** Which updates stayed: those whose number is found where they went. [count], u8. */
function stayed(indices: Tensor, extent: number): Tensor {
  const { engine, size } = indices;
  const numbers = engine.tensor(
    Int32Array.from({ length: size }, (_, i) => i),
    { shape: [size] },
  );
  const nobody = fill(engine, [extent], -1, { dtype: "i32" });
  return eq(gather(scatter(nobody, indices, numbers), indices), numbers);
}

export const scatterGradient: Gradient<ScatterParams> = ({ inputs: [a, indices, updates], args, params }) => {
  const { axis: given = 0 } = (args[3] ?? {}) as ScatterOptions;
  const axis = given < 0 ? given + a!.rank : given;
  if (params.add) {
    return [pullback(0, [], (dy) => dy), pullback(2, [indices!], (dy, indices) => gather(dy, indices, axis))];
  }
  const alongAxis = updates!.shape.map((extent, i) => (i === axis ? extent : 1));
  return [
    pullback(0, [indices!], (dy, indices) => {
      const nothing = fill(dy.engine, updates!.shape, 0, { dtype: dy.dtype });
      return scatter(dy, indices, nothing, { axis });
    }),
    pullback(2, [indices!], (dy, indices) =>
      onlyWhere(stayed(indices, params.extent).reshape(alongAxis), gather(dy, indices, axis)),
    ),
  ];
};
