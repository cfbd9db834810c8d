/** One step of the low-rank recurrence that changes the state in place: what a decoder does for each token. */
import { InputError, ShapeError } from "../../backends/contract.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { defineOp, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { recurrenceGroup } from "./group.js";
import { type LowRankResult, lowRank } from "./low-rank.js";
import { type LowRankOptions, type LowRankParams, lowRankParams } from "./low-rank-params.js";
import { runLowRank } from "./low-rank-wasm.js";
import { lowRankOnGpu } from "./low-rank-webgpu.js";
import { outputShape } from "./params.js";
import { checkValues } from "./values.js";

export interface LowRankStepOptions extends Omit<LowRankOptions, "initialState" | "mask" | "cuSeqlens" | "reverse"> {
  /** Where o goes; it shares no memory with the inputs. */
  out?: { o?: Tensor };
}

const op = "lowRankStep";

type StepCall = [state: Tensor, q: Tensor, k: Tensor, v: Tensor, a: Tensor, b: Tensor, options?: LowRankStepOptions];

function prepare(...[state, q, k, v, a, b, options = {}]: StepCall): PreparedCall<LowRankParams> {
  const { out, ...others } = options;
  const placement = placementOf(op, others);
  for (const name of ["mask", "cuSeqlens"] as const) {
    if ((others as LowRankOptions)[name] !== undefined) throw new InputError(op, name, "has no use for one step");
  }
  assertTensor(op, "state", state);
  const { params, inputs } = lowRankParams(op, { q, k, v, a, b }, { ...others, initialState: state });
  if (params.steps !== 1) throw new ShapeError(op, "q", { expected: "one step", actual: q.shape });
  if (out?.o && [q, k, v, a, b].some(({ storage }) => storage === out.o?.storage)) {
    throw new InputError(op, "out", "shares memory with an input");
  }
  return {
    inputs,
    names: params.names,
    outputs: [
      { shape: outputShape(params), dtype: params.dtype },
      { shape: state.shape, dtype: "f32" },
    ],
    params,
    ...placement,
    out: [out?.o, state],
  };
}

const { work, bound, finish } = lowRank.spec;

/**
 * One step of `lowRank` (T = 1) for all sequences and heads: o, and `state` itself with the step done. It has no gradient.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError
 * @example
 * const { o } = lowRankStep(state, q, k, v, a, b, { gate, scale: 1 });
 */
export const lowRankStep = defineOp({
  name: op,
  prepare,
  work,
  wasm: {
    group: recurrenceGroup,
    // A head's state is read whole before it is written.
    inPlace: true,
    check: (w, inputs, params: LowRankParams) => checkValues(w, op, inputs, params.names, params),
    run: runLowRank,
  },
  webgpu: lowRankOnGpu,
  bound,
  finish: finish as (outputs: readonly Tensor[], params: LowRankParams) => LowRankResult,
});
