/** The delta rule and what it grew into: gated (per head or per channel), signed, and several keys per step. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { type DeltaParams, type DeltaRuleOptions, deltaParams, deltaWork } from "./delta-params.js";
import { checkDeltaValues } from "./delta-values.js";
import { runDelta } from "./delta-wasm.js";
import { recurrenceGroup } from "./group.js";
import { outputShape } from "./params.js";
import { stateShape } from "./state.js";

export interface DeltaOptions extends DeltaRuleOptions {
  /** Where the results go, each optional. `state` may be the initial state. */
  out?: { o?: Tensor; state?: Tensor };
}

export interface DeltaResult {
  /** [B, T, HV, V] in the call's layout, in the dtype of q. */
  readonly o: Tensor;
  /** After the last step of each sequence, [N, HV, K, V] or in the call's state layout; f32. */
  readonly state: Tensor;
}

export const deltaName = "delta";

function prepare(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  beta: Tensor,
  options: Omit<DeltaOptions, "mask"> = {},
): PreparedCall<DeltaParams> {
  const { out, ...others } = options;
  const placement = placementOf(deltaName, others);
  const { params, inputs } = deltaParams(deltaName, { q, k, v, beta }, others);
  return {
    inputs,
    names: params.names,
    outputs: [
      { shape: outputShape(params), dtype: params.dtype },
      { shape: stateShape(params), dtype: "f32" },
    ],
    params,
    out: [out?.o, out?.state],
    ...placement,
  };
}

/** The operation itself, for calls without a padding mask. */
export const deltaCore = defineOp({
  name: deltaName,
  prepare,
  work: (params: DeltaParams) => ({ ...deltaWork(params), rate: "multiply-add", launches: 3 }),
  wasm: { group: recurrenceGroup, check: (...call) => checkDeltaValues(deltaName, ...call), run: runDelta },
  bound:
    "rms error <= 1e-5 of the rms of o and of the state while beta |k|^2 <= 2, typically 5e-7: a step then enlarges no error, and " +
    "the triangular system of a chunk has an inverse of entries of at most 2 |k|^2",
  finish: ([o, state]): DeltaResult => ({ o: o as Tensor, state: state as Tensor }),
});
