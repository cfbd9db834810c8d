/** One step of the delta rule that changes the state in place: what a decoder does for each token. */
import { InputError, ShapeError } from "../../backends/contract.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { defineOp, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { type DeltaResult, delta } from "./delta.js";
import { type DeltaParams, type DeltaRuleOptions, deltaParams } from "./delta-params.js";
import { checkDeltaValues } from "./delta-values.js";
import { runDelta } from "./delta-wasm.js";
import { deltaOnGpu } from "./delta-webgpu.js";
import { recurrenceGroup } from "./group.js";
import { outputShape } from "./params.js";

export interface DeltaStepOptions extends Omit<DeltaRuleOptions, "initialState" | "mask" | "cuSeqlens" | "reverse"> {
  /** Where o goes; it shares no memory with q, k, v and beta. */
  out?: { o?: Tensor };
}

const op = "deltaStep";

type StepCall = [state: Tensor, q: Tensor, k: Tensor, v: Tensor, beta: Tensor, options?: DeltaStepOptions];

function prepare(...[state, q, k, v, beta, options = {}]: StepCall): PreparedCall<DeltaParams> {
  const { out, ...others } = options;
  const placement = placementOf(op, others);
  for (const name of ["mask", "cuSeqlens"] as const) {
    if ((others as DeltaRuleOptions)[name] !== undefined) throw new InputError(op, name, "has no use for one step");
  }
  assertTensor(op, "state", state);
  const { params, inputs } = deltaParams(op, { q, k, v, beta }, { ...others, initialState: state });
  if (params.steps !== 1) throw new ShapeError(op, "q", { expected: "one step", actual: q.shape });
  if (out?.o && [q, k, v, beta].some(({ storage }) => storage === out.o?.storage)) {
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

const { work, bound, finish } = delta.spec;

/**
 * One step of `delta` (T = 1) for all sequences and heads: o, and `state` itself with the step done. It has no gradient.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError
 * @example
 * const { o } = deltaStep(state, q, k, v, beta, { gate });
 */
export const deltaStep = defineOp({
  name: op,
  prepare,
  work,
  // A column is read before it is written, and o shares memory with no input.
  wasm: { group: recurrenceGroup, inPlace: true, check: (...call) => checkDeltaValues(op, ...call), run: runDelta },
  webgpu: deltaOnGpu,
  bound,
  finish: finish as (outputs: readonly Tensor[], params: DeltaParams) => DeltaResult,
});
