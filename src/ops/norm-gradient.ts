/**
 * Gradients of layerNorm and rmsNorm; in f32, rounded once for f16 and bf16. The normalised rows are made again rather than kept.
 */
import type { Gradient, Pullback } from "../engine/gradient.js";
import type { Tensor } from "../tensor/tensor.js";
import { add, mul, sub } from "./binary.js";
import { layerNorm, type NormParams, rmsNorm } from "./norm.js";
import { mean, variance } from "./reduce.js";
import { narrow, pullback, scalarLike, sumTo, wide } from "./support/pullbacks.js";
import { rsqrt, square } from "./unary.js";

const overRow = { axes: -1, keepDims: true } as const;

/** @param normalise the operation without weight and bias @param spread what the deviation is the root of, per row */
const normGradient =
  (
    normalise: (a: Tensor, options: { eps: number }) => Tensor,
    spread: (a: Tensor) => Tensor,
    centred: boolean,
  ): Gradient<NormParams> =>
  ({ inputs: [a, ...vectors], params: { eps, hasWeight, hasBias } }) => {
    const weight = hasWeight ? [vectors[0]!] : [];
    const pullbacks: Pullback[] = [
      pullback(0, [a!, ...weight], (dy: Tensor, a: Tensor, w?: Tensor) => {
        const x = wide(a);
        const g = w ? mul(wide(dy), wide(w)) : wide(dy);
        const unit = normalise(x, { eps });
        const along = mul(unit, mean(mul(g, unit), overRow));
        const across = centred ? sub(sub(g, mean(g, overRow)), along) : sub(g, along);
        const square = spread(x);
        return narrow(mul(across, rsqrt(add(square, scalarLike(square, eps)))), a.dtype);
      }),
    ];
    if (hasWeight) {
      pullbacks.push(
        pullback(1, [a!], (dy, a) => {
          const unit = normalise(wide(a), { eps });
          return narrow(sumTo(mul(wide(dy), unit), vectors[0]!.shape), a.dtype);
        }),
      );
    }
    if (hasBias) {
      pullbacks.push(pullback(hasWeight ? 2 : 1, [], (dy) => sumTo(dy, vectors.at(-1)!.shape)));
    }
    return pullbacks;
  };

export const layerNormGradient = normGradient(layerNorm, (a) => variance(a, overRow), true);
export const rmsNormGradient = normGradient(rmsNorm, (a) => mean(square(a), overRow), false);
