/** Gradients through the selective scan, by its backward operation. */
import { backwardRule } from "./gradient-call.js";
import {
  type SelectiveScanBackwardOptions,
  type SelectiveScanGradients,
  selectiveScanBackward,
} from "./selective-scan-backward.js";
import type { SelectiveScanParams } from "./selective-scan-params.js";

export const selectiveScanGradient = backwardRule<
  SelectiveScanParams,
  SelectiveScanGradients,
  SelectiveScanBackwardOptions
>(
  {
    ...{ u: "du", delta: "dDelta", a: "dA", b: "dB", c: "dC" },
    ...{ d: "dD", z: "dZ", deltaBias: "dDeltaBias", initialState: "dInitialState" },
  },
  ({ u, delta, a, b, c }, dY, options) => selectiveScanBackward(u!, delta!, a!, b!, c!, dY, options),
);
