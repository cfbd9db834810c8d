/** Gradients through a gated recurrence, by its backward operation. */
import type { Gradient } from "../../engine/gradient.js";
import type { GatedBackwardOp, GatedBackwardOptions, GatedGradients } from "./gated-op.js";
import type { GatedParams } from "./gated-params.js";
import { backwardRule } from "./gradient-call.js";

/** @param backward asked for when it is needed: the operations of a core are made one after the other */
export function gatedGradient(backward: () => GatedBackwardOp): Gradient<GatedParams> {
  return backwardRule<GatedParams, GatedGradients, GatedBackwardOptions>(
    {
      ...{ q: "dq", k: "dk", v: "dv", bonus: "dBonus", initialState: "dInitialState" },
      ...{ decay: "dDecay", gate: "dGate", signedGate: "dSignedGate" },
    },
    ({ q, k, v }, dO, options) => backward()(q!, k!, v!, dO, options),
  );
}
