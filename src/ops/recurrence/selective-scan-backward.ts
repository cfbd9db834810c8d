/** The gradients of the selective scan; states are recomputed, nothing but the inputs is kept. */
import { DTypeError, ShapeError } from "../../backends/contract.js";
import { sameShape } from "../../tensor/shape.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { defineOp, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { recurrenceGroup } from "./group.js";
import { type SelectiveScanOptions, type SelectiveScanParams, selectiveScanParams } from "./selective-scan-params.js";
import { runSelectiveScanBackward } from "./selective-scan-wasm.js";

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

interface BackwardParams extends SelectiveScanParams {
  readonly gradients: readonly (keyof SelectiveScanGradients)[];
}

const op = "selectiveScanBackward";

function prepare(
  u: Tensor,
  delta: Tensor,
  a: Tensor,
  b: Tensor,
  c: Tensor,
  dY: Tensor,
  options: SelectiveScanBackwardOptions = {},
): PreparedCall<BackwardParams> {
  const { out, ...others } = options;
  const { params, optional, optionalNames } = selectiveScanParams(op, [u, delta, a, b, c], others, 6);
  assertTensor(op, "dY", dY);
  if (!sameShape(dY.shape, u.shape)) throw new ShapeError(op, "dY", { expected: u.shape, actual: dY.shape });
  if (dY.dtype !== "f32") throw new DTypeError(op, "dY", { expected: "f32", actual: dY.dtype });
  const { channels, states, stretches } = params;
  const shapes = {
    du: u.shape,
    dDelta: u.shape,
    dA: a.shape,
    dB: b.shape,
    dC: c.shape,
    dInitialState: [stretches.length, channels, states],
    dZ: options.z?.shape,
    dD: options.d?.shape,
    dDeltaBias: options.deltaBias?.shape,
  };
  const gradients = (Object.keys(shapes) as (keyof typeof shapes)[]).filter((name) => shapes[name] !== undefined);
  return {
    inputs: [u, delta, a, b, c, dY, ...optional],
    names: ["u", "delta", "a", "b", "c", "dY", ...optionalNames],
    outputs: gradients.map((name) => ({ shape: shapes[name] as readonly number[], dtype: "f32" })),
    out: gradients.map((name) => out?.[name]),
    params: { ...params, gradients },
    ...placementOf(op, others),
  };
}

/**
 * Gradients of sum(y dY) + sum(state dState) by every argument of `selectiveScan`, with its options; f32.
 *
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
 * @example
 * const { du, dDelta, dA, dB, dC } = selectiveScanBackward(u, delta, a, b, c, dY, { deltaSoftplus: true });
 */
export const selectiveScanBackward = defineOp({
  name: op,
  prepare,
  work: ({ batch, channels, states, steps }: BackwardParams) => ({
    operations: 3 * batch * channels * steps * states,
    bytes: 4 * batch * (6 * channels + 4 * states) * steps,
    rate: "special",
    launches: 6,
  }),
  wasm: { group: recurrenceGroup, run: runSelectiveScanBackward },
  bound: "rms error <= 1e-5 of the rms of each gradient: the errors of the scan, twice, and sums over steps in f32",
  finish: (outputs, { gradients }: BackwardParams): SelectiveScanGradients =>
    Object.fromEntries(gradients.map((name, index) => [name, outputs[index]])) as unknown as SelectiveScanGradients,
});
