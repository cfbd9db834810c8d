/** The gradients of the selective scan; states are recomputed, nothing but the inputs is kept. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp, type Op, type PreparedCall } from "../define-op.js";
import { sum } from "../reduce.js";
import { placementOf } from "../support/call-options.js";
import { recurrenceGroup } from "./group.js";
import { selectiveScanBackwardOnGpu } from "./selective-scan-backward-webgpu.js";
import { maskedSteps } from "./selective-scan-mask.js";
import {
  type SelectiveScanOptions,
  type SelectiveScanParams,
  selectiveScanParams,
  selectiveStateShape,
} from "./selective-scan-params.js";
import { checkSelectiveScan, runSelectiveScanBackward } from "./selective-scan-wasm.js";
import { intoGiven, withMask } from "./with-mask.js";

export interface SelectiveScanGradients {
  readonly du: Tensor;
  readonly dDelta: Tensor;
  readonly dA: Tensor;
  /** In the shape of b. */
  readonly dB: Tensor;
  readonly dC: Tensor;
  readonly dInitialState: Tensor;
  /** Present with z, d and deltaBias. */
  readonly dZ?: Tensor;
  readonly dD?: Tensor;
  readonly dDeltaBias?: Tensor;
}

export interface SelectiveScanBackwardOptions extends SelectiveScanOptions {
  /** Gradient of the last state, of its shape; zeros by default. */
  dState?: Tensor;
  /** Where the gradients go, each optional. */
  out?: { -readonly [K in keyof SelectiveScanGradients]?: Tensor };
}

export interface SelectiveScanBackwardParams extends SelectiveScanParams {
  readonly gradients: readonly (keyof SelectiveScanGradients)[];
}

type Call = [
  u: Tensor,
  delta: Tensor,
  a: Tensor,
  b: Tensor,
  c: Tensor,
  dY: Tensor,
  options?: SelectiveScanBackwardOptions,
];

const op = "selectiveScanBackward";

function prepare(...[u, delta, a, b, c, dY, options = {}]: Call): PreparedCall<SelectiveScanBackwardParams> {
  const { out, dState, ...others } = options;
  const { inputs, params } = selectiveScanParams(op, { u, delta, a, b, c }, others, { dY, dState });
  const shapes = {
    ...{ du: u.shape, dDelta: u.shape, dA: a.shape, dB: b.shape, dC: c.shape },
    dInitialState: selectiveStateShape(params),
    ...{ dZ: options.z?.shape, dD: options.d?.shape, dDeltaBias: options.deltaBias?.shape },
  };
  const gradients = (Object.keys(shapes) as (keyof typeof shapes)[]).filter((name) => shapes[name] !== undefined);
  return {
    inputs,
    names: params.names,
    outputs: gradients.map((name) => ({ shape: shapes[name] as readonly number[], dtype: "f32" })),
    out: gradients.map((name) => out?.[name]),
    params: { ...params, gradients },
    ...placementOf(op, others),
  };
}

const core = defineOp({
  name: op,
  prepare,
  work: ({ batch, channels, states, steps }: SelectiveScanBackwardParams) => ({
    operations: 3 * batch * channels * steps * states,
    bytes: 4 * batch * (6 * channels + 4 * states) * steps,
    rate: "special",
    launches: 6,
  }),
  wasm: {
    group: recurrenceGroup,
    check: (w, inputs, params) => checkSelectiveScan(w, op, inputs, params),
    run: runSelectiveScanBackward,
  },
  webgpu: selectiveScanBackwardOnGpu,
  bound: "rms error <= 1e-5 of the rms of each gradient: the errors of the scan, twice, and sums over steps in f32",
  finish: (outputs, { gradients }: SelectiveScanBackwardParams): SelectiveScanGradients =>
    Object.fromEntries(gradients.map((name, index) => [name, outputs[index]])) as unknown as SelectiveScanGradients,
});

/**
 * Gradients of sum(y dY) + sum(state dState) by every argument of `selectiveScan`, with its options; f32.
 *
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
 * @example
 * const { du, dDelta, dA, dB, dC } = selectiveScanBackward(u, delta, a, b, c, dY, { deltaSoftplus: true });
 */
export const selectiveScanBackward: Op<Call, SelectiveScanBackwardParams, SelectiveScanGradients> = withMask(
  core,
  (mask, u, delta, a, b, c, dY, { out, ...options } = {}) => {
    const steps = maskedSteps(mask, delta, options);
    const inner = core(u, steps.delta, a, b, c, mask.apply(dY, 0), steps.options);
    const dDelta = mask.apply(inner.dDelta, 0);
    const isAdded = options.deltaBias && !inner.dDeltaBias;
    return intoGiven({ ...inner, dDelta, ...(isAdded && { dDeltaBias: sum(dDelta, { axes: [0, 2] }) }) }, out);
  },
);
