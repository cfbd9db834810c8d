/** A tensor as a table of rows along an axis, and the indices that name them: what gather and scatter have in common. */
import { type DType, sizeOf } from "../../tensor/dtype.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { rowsAlong } from "../normalize/rows.js";
import { checkDType } from "../support/formats.js";

export interface Table {
  readonly dtype: DType;
  /** `outer` times `extent` rows of `inner` elements. */
  readonly outer: number;
  readonly extent: number;
  readonly inner: number;
  /** Indices. */
  readonly count: number;
}

export function tableOf(op: string, a: Tensor, indices: Tensor, axis: unknown): Table & { axis: number } {
  assertTensor(op, "a", a);
  assertTensor(op, "indices", indices);
  checkDType(op, "indices", indices.dtype, ["i32", "u32"]);
  const { axis: along, outer, n: extent, inner } = rowsAlong(op, a.shape, axis);
  return { axis: along, dtype: a.dtype, outer, extent, inner, count: indices.size };
}

export function rowBytes({ dtype, inner }: Table): number {
  return inner * sizeOf(dtype);
}
