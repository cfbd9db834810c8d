/** The gradients of an exponential filter. */
import { packParams } from "../../backends/webgpu/run.js";
import { source as shader } from "../../generated/shaders/lightnet-filter-gradients.js";
import { type CallOptions, defineOp, type PreparedCall } from "../../ops/define-op.js";
import { checkShapeOf } from "../../ops/recurrence/params.js";
import { sum } from "../../ops/reduce.js";
import { placementOf } from "../../ops/support/call-options.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { exponentialFilter } from "./filter.js";
import { blocksOf, type FilterParams, type FilterShape, filterParams, lines, passes } from "./filter-params.js";
import { lightnetGroup } from "./group.js";

export interface FilterBackwardOptions extends FilterShape, Omit<CallOptions, "out"> {}

export interface FilterGradients {
  readonly dx: Tensor;
  readonly dLambda: Tensor;
  readonly dB: Tensor;
}

const op = "exponentialFilterBackward";

/** The gradients of lambda and b per line, [E, lines, D] each: sums that no two invocations share. */
const factorGradients = defineOp({
  name: op,
  prepare: (
    x: Tensor,
    lambda: Tensor,
    b: Tensor,
    dY: Tensor,
    options: FilterBackwardOptions,
  ): PreparedCall<FilterParams> => {
    const { axis: _, twoSided: __, back: ___, ...others } = options;
    const params = filterParams(op, { x, lambda, b }, options);
    assertTensor(op, "dY", dY);
    checkShapeOf(op, "dY", dY, x.shape);
    const output = { shape: [params.terms, lines(params), params.d], dtype: "f32" } as const;
    return {
      inputs: [x, dY, lambda, b],
      names: ["x", "dY", "lambda", "b"],
      outputs: [output, output],
      params,
      ...placementOf(op, others),
    };
  },
  work: (params) => {
    const elements = params.outer * params.n * params.inner * params.d;
    return { operations: 10 * passes(params) * params.terms * elements, bytes: 8 * elements, rate: "multiply-add" };
  },
  wasm: {
    group: lightnetGroup,
    run: (w, inputs, outputs, params) => {
      const { n, inner, d, terms, twoSided, back } = params;
      const [x, dY, lambda, b] = inputs.map(({ ptr }) => ptr) as [number, number, number, number];
      const [dLambda, dB] = outputs.map(({ ptr }) => ptr) as [number, number];
      for (const { ptr, size } of outputs) w.bytes(ptr, 4 * size).fill(0);
      const blocks = blocksOf(params);
      const scratchBytes = 8 * terms * 64;
      const scratch = w.scratch(scratchBytes * blocks.length);
      for (const isSecond of twoSided ? [false, true] : [false]) {
        w.parallel(
          "f32_filter_gradients",
          blocks.map(({ element, term, feature, features, lines: count }, index) => [
            ...[x + 4 * element, dY + 4 * element, lambda + 4 * feature, b + 4 * feature],
            ...[dLambda + 4 * term, dB + 4 * term, 4 * lines(params) * d, 4 * d],
            ...[n, 4 * inner * d, count, 4 * d, features, d, terms, isSecond !== back ? 1 : 0, isSecond ? 0 : 1],
            scratch + index * scratchBytes,
          ]),
        );
      }
    },
  },
  webgpu: {
    encode: (g, inputs, outputs, { outer, n, inner, d, terms, twoSided, back }) =>
      g.dispatch({
        label: op,
        shader,
        constants: { TERMS: terms, TWO_SIDED: twoSided, BACK: back },
        params: packParams(outer * inner, n, inner, d, 0, 0),
        bindings: [...inputs, ...outputs],
        groups: Math.ceil((outer * inner * d) / 64),
      }),
  },
  bound: "rms error <= 1e-5 of the rms of each gradient: sums over a line in order",
  finish: (outputs) => outputs as readonly [Tensor, Tensor],
});

/**
 * Gradients of sum(y dY) for { y } = exponentialFilter(x, lambda, b, options), a filter that starts from nothing: dx in the
 * shape of x, dLambda and dB [E, D]. f32.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError naming the argument
 */
export function exponentialFilterBackward(
  x: Tensor,
  lambda: Tensor,
  b: Tensor,
  dY: Tensor,
  options: FilterBackwardOptions = {},
): FilterGradients {
  return x.engine.scope(() => {
    const { on, scope, ...shape } = options;
    const inner = on ? { on } : {};
    const outer = { ...inner, ...(scope ? { scope } : {}) };
    const [dLambda, dB] = factorGradients(x, lambda, b, dY, { ...shape, ...inner });
    // The filter transposed is the filter the other way.
    const { y: dx } = exponentialFilter(dY, lambda, b, { ...shape, back: !shape.back, ...outer });
    return { dx, dLambda: sum(dLambda, { axes: 1, ...outer }), dB: sum(dB, { axes: 1, ...outer }) };
  });
}
