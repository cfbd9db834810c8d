/** What a matmul call comes down to; both backends read it. */
import type { DType } from "../../tensor/dtype.js";
import type { Shape } from "../../tensor/shape.js";
import type { Activation } from "./activation.js";

export interface MatmulParams {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Leading axes of the result and, before broadcasting, of the operands. */
  readonly batch: Shape;
  readonly batchA: Shape;
  readonly batchB: Shape;
  readonly types: { readonly a: DType; readonly b: DType; readonly result: "f32" | "f64" };
  /** Then the bias [n] is the third input. */
  readonly hasBias: boolean;
  readonly activation: Activation | undefined;
}

/** For every matrix of the result, which matrix of an operand it takes: extents of 1 and missing axes repeat. */
export function matrixIndices(batch: Shape, own: Shape): number[] {
  let indices = [0];
  const offset = batch.length - own.length;
  batch.forEach((extent, axis) => {
    const ownExtent = own[axis - offset] ?? 1;
    indices = indices.flatMap((index) =>
      Array.from({ length: extent }, (_, i) => index * ownExtent + (ownExtent === 1 ? 0 : i)),
    );
  });
  return indices;
}
