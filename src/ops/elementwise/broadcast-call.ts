/** What all operations on two broadcasting operands of one dtype have in common. */
import type { GpuSplit, PreparedCall } from "../../engine/operation.js";
import { type DType, sizeOf } from "../../tensor/dtype.js";
import { broadcastShapes, sizeOfShape } from "../../tensor/shape.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import type { CallOptions } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { checkDType, checkSameDType } from "../support/formats.js";
import { broadcastLoops, type Loop, narrowLoops } from "../support/nest.js";

export interface BroadcastParams {
  /** Of the operands. */
  readonly dtype: DType;
  /** Elements of the result. */
  readonly size: number;
  readonly loops: readonly Loop[];
}

export function prepareBroadcast(
  op: string,
  [a, b]: readonly [Tensor, Tensor],
  options: CallOptions,
  { allowed, result }: { allowed: readonly DType[]; result?: DType },
): PreparedCall<BroadcastParams> {
  assertTensor(op, "a", a);
  assertTensor(op, "b", b);
  checkDType(op, "a", a.dtype, allowed);
  checkSameDType(op, "b", b.dtype, "a", a.dtype);
  const shape = broadcastShapes(op, [a.shape, b.shape], ["a", "b"]);
  return {
    inputs: [a, b],
    names: ["a", "b"],
    outputs: [{ shape, dtype: result ?? a.dtype }],
    params: { dtype: a.dtype, size: sizeOfShape(shape), loops: broadcastLoops(op, shape, [a.shape, b.shape]) },
    ...placementOf(op, options),
  };
}

/** Slices of the outermost loop; an operand that stands still there is needed whole. */
export function splitBroadcast<P extends { loops: readonly Loop[]; size: number }>(
  params: P,
  operandBytes: readonly number[],
  resultBytes: number,
): GpuSplit<P> {
  const last = params.loops.at(-1) as Loop;
  const perUnit = params.size / last.extent;
  return {
    units: last.extent,
    inputBytes: operandBytes.map((bytes, i) => bytes * (last.strides[i] as number)),
    outputBytes: [resultBytes * perUnit],
    narrow: (start, end) => ({
      ...params,
      size: perUnit * (end - start),
      loops: narrowLoops(params.loops, start, end),
    }),
  };
}

/** Bytes of the result's traffic, each operand counted as the part of it that is not repeated. */
export function broadcastBytes({ dtype, size, loops }: BroadcastParams, resultBytes: number): number {
  const distinct = (operand: number) =>
    loops.reduce((product, { extent, strides }) => (strides[operand] === 0 ? product : product * extent), 1);
  return (distinct(0) + distinct(1)) * sizeOf(dtype) + size * resultBytes;
}
