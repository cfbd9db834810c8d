/** Gradients through the causal convolution, by its backward operation. */
import {
  type CausalConvBackwardOptions,
  type CausalConvGradients,
  causalConvBackward,
} from "./causal-conv-backward.js";
import type { CausalConvParams } from "./causal-conv-params.js";
import { backwardRule } from "./gradient-call.js";

export const causalConvGradient = backwardRule<CausalConvParams, CausalConvGradients, CausalConvBackwardOptions>(
  { x: "dx", weight: "dWeight", bias: "dBias", initialState: "dInitialState" },
  ({ x, weight }, dY, options) => causalConvBackward(x!, weight!, dY, options),
);
