/** Gradients through the low-rank recurrence, by its backward operation. */
import { backwardRule } from "./gradient-call.js";
import { type LowRankBackwardOptions, type LowRankGradients, lowRankBackward } from "./low-rank-backward.js";
import type { LowRankParams } from "./low-rank-params.js";

export const lowRankGradient = backwardRule<LowRankParams, LowRankGradients, LowRankBackwardOptions>(
  { q: "dq", k: "dk", v: "dv", a: "da", b: "db", gate: "dGate", initialState: "dInitialState" },
  ({ q, k, v, a, b }, dO, options) => lowRankBackward(q!, k!, v!, a!, b!, dO, options),
);
