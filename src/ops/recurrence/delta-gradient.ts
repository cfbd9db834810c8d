/** Gradients through the delta rule, by its backward operation. */
import { type DeltaBackwardOptions, type DeltaGradients, deltaBackward } from "./delta-backward.js";
import type { DeltaParams } from "./delta-params.js";
import { backwardRule } from "./gradient-call.js";

export const deltaGradient = backwardRule<DeltaParams, DeltaGradients, DeltaBackwardOptions>(
  {
    ...{ q: "dq", k: "dk", v: "dv", beta: "dBeta" },
    ...{ gate: "dGate", signedGate: "dSignedGate", initialState: "dInitialState" },
  },
  ({ q, k, v, beta }, dO, options) => deltaBackward(q!, k!, v!, beta!, dO, options),
);
