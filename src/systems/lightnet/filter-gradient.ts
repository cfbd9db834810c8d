/** Gradients through an exponential filter that starts from nothing. */
import { UnsupportedError } from "../../backends/contract.js";
import type { Gradient } from "../../engine/gradient.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { FilterCall, FilterOptions } from "./filter.js";
import { exponentialFilterBackward } from "./filter-backward.js";

export const exponentialFilterGradient: Gradient<FilterCall> = ({ inputs, args, params }) => {
  if (params.at.state >= 0) {
    throw new UnsupportedError("exponentialFilter", "a filter that goes on from a state has no gradient");
  }
  const { axis, twoSided, back } = (args[3] ?? {}) as FilterOptions;
  const shape = { ...(axis !== undefined && { axis }), ...(twoSided && { twoSided }), ...(back && { back }) };
  const [x, lambda, b] = inputs as readonly [Tensor, Tensor, Tensor];
  return [
    {
      to: inputs.map((_, index) => index),
      reads: [x, lambda, b],
      run: ([dY, dState], [values, decays, gains]) => {
        if (dState || !dY) throw new UnsupportedError("exponentialFilter", "its state has no gradient");
        const { dx, dLambda, dB } = exponentialFilterBackward(values!, decays!, gains!, dY, shape);
        return [dx, dLambda, dB, dY].slice(0, inputs.length);
      },
    },
  ];
};
