/** The recurrence whose transition is a diagonal plus a matrix of rank one: RWKV-7's (DPLR), and without a gate IPLR. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp, type Op, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { recurrenceGroup } from "./group.js";
import { lowRankGradient } from "./low-rank-gradient.js";
import { type LowRankOptions as CommonOptions, type LowRankParams, lowRankParams } from "./low-rank-params.js";
import { runLowRank } from "./low-rank-wasm.js";
import { lowRankOnGpu } from "./low-rank-webgpu.js";
import { outputShape } from "./params.js";
import { stateShape } from "./state.js";
import { checkValues } from "./values.js";
import { withMask } from "./with-mask.js";

export interface LowRankOptions extends CommonOptions {
  /** Where the results go, each optional. `state` may be the initial state: a step in place. */
  out?: { o?: Tensor; state?: Tensor };
}

export interface LowRankResult {
  /** [B, T, HV, V] in the call's layout and the dtype of q. */
  readonly o: Tensor;
  /** [N, HV, K, V] (or [N, HV, V, K]), f32: after the last step of each of N sequences. */
  readonly state: Tensor;
}

const op = "lowRank";

type LowRankCall = [q: Tensor, k: Tensor, v: Tensor, a: Tensor, b: Tensor, options?: LowRankOptions];

function prepare(...[q, k, v, a, b, options = {}]: LowRankCall): PreparedCall<LowRankParams> {
  const { out, ...others } = options;
  const { inputs, params } = lowRankParams(op, { q, k, v, a, b }, others);
  return {
    inputs,
    names: params.names,
    outputs: [
      { shape: outputShape(params), dtype: params.dtype },
      { shape: stateShape(params), dtype: "f32" },
    ],
    out: [out?.o, out?.state],
    params,
    ...placementOf(op, others),
  };
}

const core = defineOp({
  name: op,
  prepare,
  work: ({ batch, steps, valueHeads, k, v }: LowRankParams) => ({
    operations: 10 * batch * steps * valueHeads * k * v,
    bytes: 4 * batch * steps * valueHeads * (5 * k + 2 * v),
    rate: "multiply-add",
    launches: 3,
  }),
  wasm: {
    group: recurrenceGroup,
    check: (w, inputs, params) => checkValues(w, op, inputs, params.names, params),
    run: runLowRank,
  },
  webgpu: lowRankOnGpu,
  bound:
    "rms error <= 1e-5 of the rms of o and of the state: sums over K channels and over the steps that the state remembers, in f32",
  gradient: lowRankGradient,
  finish: ([o, state]): LowRankResult => ({ o: o as Tensor, state: state as Tensor }),
});

/**
 * S_t = (diag(e^g_t) + b_t a_t^T) S_(t-1) + k_t v_t^T,  o_t = scale S_t^T q_t
 *
 * for every sequence and value head, S [K, V] (Peng et al., RWKV-7, arXiv 2503.14456; a reads the state before its decay).
 * q, k, a, b [B, T, H, K], v [B, T, HV, V], HV a multiple of H; f32, f16 or bf16, computed in f32. The state stays bounded for
 * unit a and b = -c a, 0 <= c <= 2; what a and b do to it otherwise is the caller's affair.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError
 * @example
 * const { o, state } = lowRank(q, k, v, a, b, { gate, scale: 1 });
 */
export const lowRank: Op<LowRankCall, LowRankParams, LowRankResult> = withMask(
  core,
  (mask, q, k, v, a, b, { out, ...options } = {}) => {
    const gate = options.gate && { gate: mask.apply(options.gate, 0) };
    const { state } = out ?? {};
    const result = core(q, mask.apply(k, 0), v, a, mask.apply(b, 0), {
      ...options,
      ...gate,
      ...(state ? { out: { state } } : {}),
    });
    return { ...result, o: mask.apply(result.o, 0, out?.o ? { out: out.o } : {}) };
  },
);
