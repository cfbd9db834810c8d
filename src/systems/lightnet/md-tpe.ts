/** MD-TPE: the multi-dimensional Toeplitz position encoding, one exponential filter per axis, their results added. */
import { InputError } from "../../backends/contract.js";
import { broadcastTo } from "../../ops/broadcast-to.js";
import type { CallOptions } from "../../ops/define-op.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { exponentialFilter } from "./filter.js";
import { exponentialFilterBackward, type FilterGradients } from "./filter-backward.js";

/** The filter along one axis of x. */
export interface AxisFilter {
  readonly axis: number;
  /** [E, D], between 0 and 1. */
  readonly lambda: Tensor;
  /** [E, D] */
  readonly b: Tensor;
}

export interface MdTpeOptions extends CallOptions {
  /** Filters both ways along every axis; the element itself counts once per axis. */
  twoSided?: boolean;
}

function checkFilters(op: string, filters: readonly AxisFilter[]): void {
  if (Array.isArray(filters) && filters.length > 0) return;
  throw new InputError(op, "filters", "must be an array of at least one filter");
}

/**
 * y = sum over the filters of exponentialFilter(x, lambda, b) along each one's axis: x [..., D] with a grid's axes before the
 * features, in f32. Axes are walked by their strides; nothing is transposed.
 *
 * @throws InputError, ShapeError, DTypeError, DisposedError, OutOfMemoryError naming the argument
 * @example mdTpe(x, [{ axis: 1, lambda, b }, { axis: 2, lambda: l2, b: b2 }]); // x [B, H, W, D]
 */
export function mdTpe(x: Tensor, filters: readonly AxisFilter[], options: MdTpeOptions = {}): Tensor {
  checkFilters("mdTpe", filters);
  assertTensor("mdTpe", "x", x);
  const { out, scope, ...others } = options;
  return x.engine.scope(() =>
    filters.reduce<Tensor | undefined>((plus, { axis, lambda, b }, index) => {
      const isLast = index === filters.length - 1;
      const ends = isLast ? { ...(out && { out: { y: out } }), ...(scope && { scope }) } : {};
      return exponentialFilter(x, lambda, b, { ...others, axis, ...(plus && { plus }), ...ends }).y;
    }, undefined),
  ) as Tensor;
}

/** Gradients of sum(y dY): dx, and those of each filter in their order. */
export function mdTpeBackward(
  x: Tensor,
  filters: readonly AxisFilter[],
  dY: Tensor,
  options: Omit<MdTpeOptions, "out"> = {},
): { readonly dx: Tensor; readonly filters: readonly Omit<FilterGradients, "dx">[] } {
  checkFilters("mdTpeBackward", filters);
  assertTensor("mdTpeBackward", "x", x);
  assertTensor("mdTpeBackward", "dY", dY);
  const { twoSided, ...placed } = options;
  return x.engine.scope(() => {
    const dx = filters.reduce<Tensor | undefined>((plus, { axis, lambda, b }) => {
      const shape = { axis, ...(twoSided && { twoSided }), back: true };
      return exponentialFilter(dY, lambda, b, { ...shape, ...placed, ...(plus && { plus }) }).y;
    }, undefined) as Tensor;
    const each = filters.map(({ axis, lambda, b }) => {
      const shape = { axis, ...(twoSided && { twoSided }) };
      const { dLambda, dB } = exponentialFilterBackward(x, lambda, b, dY, { ...shape, ...placed });
      return { dLambda, dB };
    });
    return { dx, filters: each };
  });
}

/**
 * The gain form, one number per head: a filter with lambda [H] and gain [H] (q . k of the published parameterisation) for
 * features of H heads side by side, as the lambda and b [1, D] of a filter with one exponential.
 */
export function headFilter(
  lambda: Tensor,
  gain: Tensor,
  d: number,
  options: CallOptions = {},
): Omit<AxisFilter, "axis"> {
  for (const [name, tensor] of Object.entries({ lambda, gain })) {
    assertTensor("headFilter", name, tensor);
    if (tensor.rank === 1 && tensor.size > 0 && d % tensor.size === 0) continue;
    throw new InputError(
      "headFilter",
      name,
      `has shape [${tensor.shape.join(", ")}]; expected [H] with H a divisor of ${d}`,
    );
  }
  const repeated = (perHead: Tensor): Tensor => {
    const heads = perHead.size;
    return broadcastTo(perHead.reshape([1, heads, 1]), [1, heads, d / heads], options).reshape([1, d]);
  };
  return { lambda: repeated(lambda), b: repeated(gain) };
}
