/**
 * transpose(a, { axes }): axis i of the result is axis axes[i] of a; without axes the order is reversed. Any dtype; a copy, in tiles
 * that touch whole cache lines on both sides.
 */
import { InputError } from "../backends/contract.js";
import { checkAxis, stridesOf } from "../tensor/shape.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import type { CallOptions } from "./define-op.js";
import { rearrangement } from "./movement/rearrange.js";
import { wholeRegion } from "./movement/region.js";

export interface TransposeOptions extends CallOptions {
  axes?: readonly number[];
}

export const transpose = rearrangement("transpose", (a: Tensor, options: TransposeOptions = {}) => {
  assertTensor("transpose", "a", a);
  const order = options?.axes ?? a.shape.map((_, axis) => a.rank - 1 - axis);
  if (!Array.isArray(order) || order.length !== a.rank) {
    throw new InputError("transpose", "axes", `must name each of the ${a.rank} axes once`);
  }
  const axes = order.map((axis) => checkAxis("transpose", "axes", axis, a.rank));
  if (new Set(axes).size !== a.rank) {
    throw new InputError("transpose", "axes", `[${order.join(", ")}] must name each of the ${a.rank} axes once`);
  }
  const strides = stridesOf(a.shape);
  const shape = axes.map((axis) => a.shape[axis] as number);
  return {
    a,
    options,
    region: wholeRegion(
      shape,
      axes.map((axis) => strides[axis] as number),
    ),
  };
});
