/** A sum of exponential filters along one axis: what a Toeplitz position encoding comes down to. */

import { InputError } from "../../backends/contract.js";
import { packParams } from "../../backends/webgpu/run.js";
import { source as shader } from "../../generated/shaders/lightnet-filter.js";
import { type CallOptions, defineOp, type PreparedCall } from "../../ops/define-op.js";
import { listInputs } from "../../ops/recurrence/inputs.js";
import { checkShapeOf } from "../../ops/recurrence/params.js";
import { placementOf } from "../../ops/support/call-options.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { exponentialFilterGradient } from "./filter-gradient.js";
import {
  blocksOf,
  checkLambda,
  type FilterParams,
  type FilterShape,
  filterParams,
  lines,
  passes,
} from "./filter-params.js";
import { lightnetGroup } from "./group.js";

type InputName = "x" | "lambda" | "b" | "plus" | "state";

export interface FilterCall extends FilterParams {
  readonly at: Readonly<Record<InputName, number>>;
}

export interface FilterOptions extends FilterShape, Omit<CallOptions, "out"> {
  /** Added to y: the filter along another axis, for example. */
  plus?: Tensor;
  /** [E, ...x without the axis]; the state to go on from. One-sided filters only. */
  state?: Tensor;
  out?: { y?: Tensor; state?: Tensor };
}

export interface FilterResult {
  readonly y: Tensor;
  /** [E, ...x without the axis]; the state after the last element. */
  readonly state: Tensor;
}

const op = "exponentialFilter";

function prepare(x: Tensor, lambda: Tensor, b: Tensor, options: FilterOptions = {}): PreparedCall<FilterCall> {
  const params = filterParams(op, { x, lambda, b }, options);
  const { plus, state, axis = -2, out, ...others } = options;
  const stateShape = [params.terms, ...x.shape.toSpliced(axis < 0 ? axis + x.rank : axis, 1)];
  for (const [name, tensor, shape] of [
    ["plus", plus, x.shape],
    ["state", state, stateShape],
  ] as const) {
    if (tensor === undefined) continue;
    assertTensor(op, name, tensor);
    checkShapeOf(op, name, tensor, shape);
  }
  if (state && params.twoSided) throw new InputError(op, "state", "was given to a two-sided filter, which has none");
  const { inputs, names, at } = listInputs<InputName>({ x, lambda, b, plus, state });
  return {
    ...{ inputs, names },
    outputs: [
      { shape: x.shape, dtype: "f32" },
      { shape: stateShape, dtype: "f32" },
    ],
    out: [out?.y, out?.state],
    params: { ...params, at },
    ...placementOf(op, others),
  };
}

/**
 * y_i = sum over j <= i of x_j sum over r of b_r lambda_r^(i - j) along `axis`, per feature: h_r = lambda_r h_r + b_r x, y = sum
 * of h_r. x [..., D] in f32, lambda (between 0 and 1; checked on the CPU only) and b [E, D]. Any axis but the last, without a
 * transposition; with `state`, a sequence in pieces.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError naming the argument
 */
export const exponentialFilter = defineOp({
  name: op,
  prepare,
  work: (params: FilterCall) => {
    const elements = params.outer * params.n * params.inner * params.d;
    return { operations: 4 * passes(params) * params.terms * elements, bytes: 8 * elements, rate: "multiply-add" };
  },
  wasm: {
    group: lightnetGroup,
    check: (w, inputs, { at }) => checkLambda(w, op, inputs[at.lambda]!),
    run: (w, inputs, [y, after], params) => {
      const { at, n, inner, d, terms, twoSided, back } = params;
      const address = (name: InputName) => inputs[at[name]]?.ptr ?? 0;
      const [x, lambda, b] = [address("x"), address("lambda"), address("b")];
      const state = w.bytes(after!.ptr, 4 * after!.size);
      if (at.state >= 0) state.set(w.bytes(address("state"), 4 * after!.size));
      else state.fill(0);
      const blocks = blocksOf(params);
      const calls = (plus: number, h: number, isBack: boolean, own: boolean) =>
        blocks.map(({ element, term, feature, features, lines: count }) => [
          ...[x + 4 * element, y!.ptr + 4 * element, plus && plus + 4 * element],
          ...[lambda + 4 * feature, b + 4 * feature, h + 4 * term, 4 * lines(params) * d, 4 * d],
          ...[n, 4 * inner * d, count, 4 * d, features, d, terms, isBack ? 1 : 0, own ? 1 : 0],
        ]);
      w.parallel("f32_filter", calls(address("plus"), after!.ptr, back, true));
      if (!twoSided) return;
      const spare = w.scratch(4 * after!.size);
      w.bytes(spare, 4 * after!.size).fill(0);
      w.parallel("f32_filter", calls(y!.ptr, spare, true, false));
    },
  },
  webgpu: {
    encode: (g, inputs, [y, after], { at, outer, n, inner, d, terms, twoSided, back }) => {
      const nothing = g.scratch(16);
      g.dispatch({
        label: op,
        shader,
        constants: { TERMS: terms, TWO_SIDED: twoSided, BACK: back, HAS_PLUS: at.plus >= 0, HAS_STATE: at.state >= 0 },
        params: packParams(outer * inner, n, inner, d, 0, 0),
        bindings: [...inputs.slice(0, 3), inputs[at.plus] ?? nothing, inputs[at.state] ?? nothing, y!, after!],
        groups: Math.ceil((outer * inner * d) / 64),
      });
    },
  },
  bound: "|y - oracle| <= (n + E + 3) 2^-23 sum |term|; bit-equal in whatever pieces a sequence comes",
  gradient: exponentialFilterGradient,
  finish: ([y, state]): FilterResult => ({ y: y as Tensor, state: state as Tensor }),
});
