/** Mamba's selective scan: a diagonal recurrence whose coefficients depend on the input, with eigenvalues in [0, 1] or [-1, 1]. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp, type Op, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { recurrenceGroup } from "./group.js";
import { selectiveScanGradient } from "./selective-scan-gradient.js";
import { maskedSteps } from "./selective-scan-mask.js";
import {
  type SelectiveScanOptions as CommonOptions,
  type SelectiveScanParams,
  selectiveScanParams,
  selectiveStateShape,
} from "./selective-scan-params.js";
import { checkSelectiveScan, runSelectiveScan } from "./selective-scan-wasm.js";
import { selectiveScanOnGpu } from "./selective-scan-webgpu.js";
import { withMask } from "./with-mask.js";

export interface SelectiveScanOptions extends CommonOptions {
  /** Where the results go, each optional. `state` may be the initial state: a step in place. */
  out?: { y?: Tensor; state?: Tensor };
}

export interface SelectiveScanResult {
  /** [B, D, L], in the dtype of u. */
  readonly y: Tensor;
  /** [N, D, states], f32: after the last step of each of N sequences. */
  readonly state: Tensor;
}

type Call = [u: Tensor, delta: Tensor, a: Tensor, b: Tensor, c: Tensor, options?: SelectiveScanOptions];

const op = "selectiveScan";

function prepare(...[u, delta, a, b, c, options = {}]: Call): PreparedCall<SelectiveScanParams> {
  const { out, ...others } = options;
  const { inputs, params } = selectiveScanParams(op, { u, delta, a, b, c }, others);
  return {
    inputs,
    names: params.names,
    outputs: [
      { shape: u.shape, dtype: u.dtype },
      { shape: selectiveStateShape(params), dtype: "f32" },
    ],
    out: [out?.y, out?.state],
    params,
    ...placementOf(op, others),
  };
}

const core = defineOp({
  name: op,
  prepare,
  work: ({ batch, channels, states, steps }: SelectiveScanParams) => ({
    operations: batch * channels * steps * states,
    bytes: 4 * batch * (3 * channels + 2 * states) * steps,
    rate: "special",
    launches: 3,
  }),
  wasm: {
    group: recurrenceGroup,
    check: (w, inputs, params) => checkSelectiveScan(w, op, inputs, params),
    run: runSelectiveScan,
  },
  webgpu: selectiveScanOnGpu,
  bound:
    "rms error <= 1e-5 of the rms of y and of the state: e^(dt a) is 2 ulp plus |dt a| 2^-24, and products of them over a memory of " +
    "m steps lose m times that",
  gradient: selectiveScanGradient,
  finish: ([y, state]): SelectiveScanResult => ({ y: y as Tensor, state: state as Tensor }),
});

/**
 * The scan of Mamba-1 (Gu and Dao, arXiv 2312.00752), optionally with negative eigenvalues (Grazzi et al., arXiv 2411.12537):
 *
 *   dt = delta + deltaBias, or its softplus;  h_t = f(dt a) h_(t-1) + dt b_t u_t;  y_t = (c_t h_t + d u_t) silu(z_t)
 *
 * per channel, h a vector of N states; f(x) = e^x, or 2 e^x - 1 with `negativeEigenvalues`. u, delta [B, D, L], f32, f16 or bf16;
 * a [D, N]; b, c [B, N, L], [B, G, N, L] with G dividing D, or [D, N] when they do not change. Computed in f32.
 *
 * @throws ShapeError, DTypeError, InputError, DisposedError, OutOfMemoryError
 * @example
 * const { y, state } = selectiveScan(u, delta, a, b, c, { d, z, deltaSoftplus: true });
 */
export const selectiveScan: Op<Call, SelectiveScanParams, SelectiveScanResult> = withMask(
  core,
  (mask, u, delta, a, b, c, { out, ...options } = {}) => {
    const steps = maskedSteps(mask, delta, options);
    const { state } = out ?? {};
    const result = core(u, steps.delta, a, b, c, { ...steps.options, ...(state ? { out: { state } } : {}) });
    return { ...result, y: mask.apply(result.y, 0, out?.y ? { out: out.y } : {}) };
  },
);
