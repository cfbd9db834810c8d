/**
 * Gradients of the reductions. Of several greatest or least elements each gets an equal share. The product's is right where elements
 * are zero, too.
 */
import type { Gradient, RecordedCall } from "../engine/gradient.js";
import type { Tensor } from "../tensor/tensor.js";
import { div, mul, sub } from "./binary.js";
import { broadcastTo } from "./broadcast-to.js";
import { cast } from "./cast.js";
import { eq } from "./compare.js";
import { reducedShape, resolveAxes } from "./reduce/layout.js";
import { mean, prod, type ReduceOptions, type ReduceParams, sum } from "./reduce.js";
import { onlyWhere, pullback, scalarLike, times } from "./support/pullbacks.js";
import { where } from "./where.js";

type Rule = Gradient<ReduceParams>;

/** The reduced axes, and a result with those axes kept, so that it broadcasts with the argument. */
function axesOf({ args }: RecordedCall<ReduceParams>) {
  const [{ shape }, { axes: given } = {}] = args as [Tensor, ReduceOptions?];
  const axes = resolveAxes("gradient", given, shape.length);
  return { axes, kept: (result: Tensor) => result.reshape(reducedShape(shape, axes, true)) };
}

const spread: Rule = (call) => {
  const { kept } = axesOf(call);
  const { shape } = call.inputs[0]!;
  const { divisor } = call.params;
  return [pullback(0, [], (dy) => broadcastTo(kept(divisor === undefined ? dy : times(dy, 1 / divisor)), shape))];
};

const extreme: Rule = (call) => {
  const { axes, kept } = axesOf(call);
  return [
    pullback(0, [call.inputs[0]!, call.outputs[0]!], (dy, a, y) => {
      const isIt = eq(a, kept(y));
      const count = sum(cast(isIt, "f32"), { axes, keepDims: true });
      return onlyWhere(isIt, div(kept(dy), cast(count, a.dtype)));
    }),
  ];
};

/** The product of the others: over a single zero that of the rest, over two nothing is left. */
const product: Rule = (call) => {
  const { axes, kept } = axesOf(call);
  return [
    pullback(0, [call.inputs[0]!], (dy, a) => {
      const [zero, one] = [scalarLike(a, 0), scalarLike(a, 1)];
      const isZero = eq(a, zero);
      const zeros = sum(cast(isZero, "f32"), { axes, keepDims: true });
      const others = where(isZero, one, a);
      const rest = mul(prod(others, { axes, keepDims: true }), kept(dy));
      const many = (n: number) => eq(zeros, scalarLike(zeros, n));
      return where(isZero, onlyWhere(many(1), rest), div(onlyWhere(many(0), rest), others));
    }),
  ];
};

const spreadOfDeviations: Rule = (call) => {
  const { axes, kept } = axesOf(call);
  const { divisor } = call.params;
  return [
    pullback(0, [call.inputs[0]!], (dy, a) => {
      const deviations = sub(a, mean(a, { axes, keepDims: true }));
      return mul(deviations, kept(times(dy, 2 / (divisor as number))));
    }),
  ];
};

export const reduceGradients = {
  sum: spread,
  mean: spread,
  prod: product,
  max: extreme,
  min: extreme,
  variance: spreadOfDeviations,
} satisfies Record<string, Rule>;
