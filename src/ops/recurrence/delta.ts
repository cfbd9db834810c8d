/** The delta rule and what it grew into: gated (per head or per channel), signed, and several keys per step. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp, type Op, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { deltaGradient } from "./delta-gradient.js";
import { maskDelta } from "./delta-mask.js";
import { type DeltaParams, type DeltaRuleOptions, deltaParams, deltaWork } from "./delta-params.js";
import { checkDeltaValues } from "./delta-values.js";
import { runDelta } from "./delta-wasm.js";
import { deltaOnGpu } from "./delta-webgpu.js";
import { recurrenceGroup } from "./group.js";
import { outputShape } from "./params.js";
import { stateShape } from "./state.js";
import { withMask } from "./with-mask.js";

export interface DeltaOptions extends DeltaRuleOptions {
  /** Where the results go, each optional. `state` may be the initial state. */
  out?: { o?: Tensor; state?: Tensor };
}

export interface DeltaResult {
  /** [B, T, HV, V] in the call's layout, in the dtype of q. */
  readonly o: Tensor;
  /** After the last step of each sequence, [N, HV, K, V] or [N, HV, V, K]; f32. */
  readonly state: Tensor;
}

export type DeltaCall = [q: Tensor, k: Tensor, v: Tensor, beta: Tensor, options?: DeltaOptions];

const op = "delta";

function prepare(...[q, k, v, beta, options = {}]: DeltaCall): PreparedCall<DeltaParams> {
  const { out, ...others } = options;
  const placement = placementOf(op, others);
  const { params, inputs } = deltaParams(op, { q, k, v, beta }, others);
  return {
    inputs,
    names: params.names,
    outputs: [
      { shape: outputShape(params), dtype: params.dtype },
      { shape: stateShape(params), dtype: "f32" },
    ],
    params,
    ...placement,
    out: [out?.o, out?.state],
  };
}

const core = defineOp({
  name: op,
  prepare,
  work: (params: DeltaParams) => ({ ...deltaWork(params), rate: "multiply-add", launches: 3 }),
  wasm: { group: recurrenceGroup, check: (...call) => checkDeltaValues(op, ...call), run: runDelta },
  webgpu: deltaOnGpu,
  bound:
    "rms error <= 1e-5 of the rms of o and of the state while beta |k|^2 <= 2, typically 5e-7: a step then enlarges no error, and " +
    "the inverse of a chunk's triangular system has entries of at most beta |k_i| |k_j|",
  gradient: deltaGradient,
  finish: ([o, state]): DeltaResult => ({ o: o as Tensor, state: state as Tensor }),
});

/**
 * The delta rule (Schlag et al. 2021; Yang et al., arXiv 2406.06484): a step writes what is missing, not what is given.
 *
 *   S_t = (I - beta_t k_t k_t^T) a_t S_(t-1) + beta_t k_t v_t^T,   o_t = scale S_t^T q_t
 *
 * for every sequence and value head, S [K, V]; q, k [B, T, H, K], v [B, T, HV, V], beta [B, T, HV], HV a multiple of H. The decay
 * a_t comes first, so the error is that of the decayed state: e^gate per head (Gated DeltaNet, arXiv 2412.06464) or per channel
 * (Kimi Delta Attention), or a signed factor. With `householders` n, the state decays once per step and takes n keys one after the
 * other before it is read (DeltaProduct, arXiv 2502.10297). f32, f16 or bf16, computed in f32. T may be 0.
 *
 * For keys of unit length beta in [0, 1] gives eigenvalues of [0, 1], beta in [0, 2] of [-1, 1] (Grazzi et al., arXiv 2411.12537);
 * nothing here doubles beta.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError
 * @example
 * const { o, state } = delta(q, k, v, beta, { gate });
 */
export const delta: Op<DeltaCall, DeltaParams, DeltaResult> = withMask(
  core,
  (mask, q, k, v, beta, { out, ...options } = {}) => {
    const { gates, ...rows } = maskDelta(mask, { k, v, beta }, options);
    const state = out?.state ? { out: { state: out.state } } : {};
    const result = core(q, rows.k, rows.v, rows.beta, { ...options, ...gates, ...state });
    return { ...result, o: mask.apply(result.o, 0, out?.o ? { out: out.o } : {}) };
  },
);
