/** One step of the selective scan that changes the state in place, by the same kernels as the scan: decoding is training. */
import { InputError, ShapeError } from "../../backends/contract.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { defineOp, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { recurrenceGroup } from "./group.js";
import { type SelectiveScanResult, selectiveScan } from "./selective-scan.js";
import { type SelectiveScanOptions, type SelectiveScanParams, selectiveScanParams } from "./selective-scan-params.js";
import { checkSelectiveScan, runSelectiveScan } from "./selective-scan-wasm.js";
import { selectiveScanOnGpu } from "./selective-scan-webgpu.js";

export interface SelectiveScanStepOptions extends Omit<SelectiveScanOptions, "initialState" | "mask" | "cuSeqlens"> {
  /** Where y goes; it shares no memory with the inputs. */
  out?: { y?: Tensor };
}

const op = "selectiveScanStep";

type StepCall = [
  state: Tensor,
  u: Tensor,
  delta: Tensor,
  a: Tensor,
  b: Tensor,
  c: Tensor,
  options?: SelectiveScanStepOptions,
];

function prepare(...[state, u, delta, a, b, c, options = {}]: StepCall): PreparedCall<SelectiveScanParams> {
  const { out, ...others } = options;
  const placement = placementOf(op, others);
  for (const name of ["mask", "cuSeqlens"] as const) {
    if ((others as SelectiveScanOptions)[name] !== undefined) throw new InputError(op, name, "has no use for one step");
  }
  assertTensor(op, "state", state);
  const { params, inputs } = selectiveScanParams(op, { u, delta, a, b, c }, { ...others, initialState: state });
  if (params.steps !== 1) throw new ShapeError(op, "u", { expected: "one step", actual: u.shape });
  if (out?.y && inputs.some((input) => input !== state && input.storage === out.y?.storage)) {
    throw new InputError(op, "out", "shares memory with an input");
  }
  return {
    inputs,
    names: params.names,
    outputs: [
      { shape: u.shape, dtype: u.dtype },
      { shape: state.shape, dtype: "f32" },
    ],
    params,
    ...placement,
    out: [out?.y, state],
  };
}

const { work, bound, finish } = selectiveScan.spec;

/**
 * One step of `selectiveScan` (L = 1) for all sequences and channels: y [B, D, 1], and `state` itself with the step done. It has no
 * gradient.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError
 * @example
 * const { y } = selectiveScanStep(state, u, delta, a, b, c, { d, z, deltaSoftplus: true });
 */
export const selectiveScanStep = defineOp({
  name: op,
  prepare,
  work,
  wasm: {
    group: recurrenceGroup,
    // A channel's state is read whole before it is written.
    inPlace: true,
    check: (w, inputs, params: SelectiveScanParams) => checkSelectiveScan(w, op, inputs, params),
    run: runSelectiveScan,
  },
  webgpu: selectiveScanOnGpu,
  bound,
  finish: finish as (outputs: readonly Tensor[], params: SelectiveScanParams) => SelectiveScanResult,
});
