/** Mamba's selective scan: a diagonal recurrence whose coefficients depend on the input, with eigenvalues in [0, 1] or [-1, 1]. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { recurrenceGroup } from "./group.js";
import {
  type SelectiveScanOptions as ScanOptions,
  type SelectiveScanParams,
  selectiveScanParams,
} from "./selective-scan-params.js";
import { runSelectiveScan } from "./selective-scan-wasm.js";

export interface SelectiveScanOptions extends ScanOptions {
  /** Where the results go, each optional. `state` may be the initial state: a step in place. */
  out?: { y?: Tensor; state?: Tensor };
}

export interface SelectiveScanResult {
  /** [B, D, L] */
  readonly y: Tensor;
  /** [B, D, N], or [S, D, N] of packed sequences. */
  readonly state: Tensor;
}

const op = "selectiveScan";

function prepare(
  u: Tensor,
  delta: Tensor,
  a: Tensor,
  b: Tensor,
  c: Tensor,
  options: SelectiveScanOptions = {},
): PreparedCall<SelectiveScanParams> {
  const { out, ...others } = options;
  const { params, optional, optionalNames } = selectiveScanParams(op, [u, delta, a, b, c], others, 5);
  const { channels, states, stretches } = params;
  return {
    inputs: [u, delta, a, b, c, ...optional],
    names: ["u", "delta", "a", "b", "c", ...optionalNames],
    outputs: [
      { shape: u.shape, dtype: "f32" },
      { shape: [stretches.length, channels, states], dtype: "f32" },
    ],
    params,
    out: [out?.y, out?.state],
    ...placementOf(op, others),
  };
}

/**
 * The scan of Mamba-1 (Gu and Dao, arXiv 2312.00752), optionally with negative eigenvalues (Grazzi et al., arXiv 2411.12537):
 *
 *   dt = delta + deltaBias, or its softplus;  h_t = f(dt a) h_(t-1) + dt b_t u_t;  y_t = (c_t h_t + d u_t) silu(z_t)
 *
 * per channel, h a vector of N; f(x) = e^x, or 2 e^x - 1 with `negativeEigenvalues`. All f32: u, delta [B, D, L];
 * a [D, N]; b, c [B, N, L], [B, G, N, L] with G dividing D, or [D, N] when they do not change.
 *
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
 * @example
 * const { y, state } = selectiveScan(u, delta, a, b, c, { d, z, deltaSoftplus: true });
 */
export const selectiveScan = defineOp({
  name: op,
  prepare,
  work: ({ batch, channels, states, steps }: SelectiveScanParams) => ({
    operations: batch * channels * steps * states,
    bytes: 4 * batch * (3 * channels + 2 * states) * steps,
    rate: "special",
    launches: 3,
  }),
  wasm: { group: recurrenceGroup, run: runSelectiveScan },
  bound:
    "rms error <= 1e-5 of the rms of y and of the state: e^(dt a) is 2 ulp plus |dt a| 2^-24, and products of them over a memory of " +
    "m steps lose m times that",
  finish: ([y, state]): SelectiveScanResult => ({ y: y as Tensor, state: state as Tensor }),
});
