/** What the gradients of operations have in common. */
import type { Pullback } from "../../engine/gradient.js";
import { type DType, isStorageFloat } from "../../tensor/dtype.js";
import { type Shape, sameShape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { mul } from "../binary.js";
import { cast } from "../cast.js";
import { sum } from "../reduce.js";
import { where } from "../where.js";

/** To one operand of a call with one result. */
export function pullback<Reads extends readonly Tensor[]>(
  to: number,
  reads: readonly [...Reads],
  run: (dy: Tensor, ...reads: Reads) => Tensor,
): Pullback {
  return { to: [to], reads, run: ([dy], values) => [run(dy as Tensor, ...(values as unknown as Reads))] };
}

/** The gradient of an operand that was broadcast: what fell on each element, added up. */
export function sumTo(gradient: Tensor, shape: Shape): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const missing = gradient.rank - shape.length;
  const axes = gradient.shape.flatMap((_, axis) => (axis < missing || shape[axis - missing] === 1 ? [axis] : []));
  return sum(gradient, { axes }).reshape(shape);
}

/** A number to go with a tensor, in its dtype. */
export function scalarLike(tensor: Tensor, value: number): Tensor {
  return tensor.engine.tensor(value, { dtype: tensor.dtype });
}

export function times(tensor: Tensor, factor: number): Tensor {
  return mul(tensor, scalarLike(tensor, factor));
}

/** The gradient where the mask is set, else 0. */
export function onlyWhere(mask: Tensor, gradient: Tensor): Tensor {
  return where(mask, gradient, scalarLike(gradient, 0));
}

/** In f32, where a gradient takes many steps that f16 and bf16 would round. */
export function wide(tensor: Tensor): Tensor {
  return isStorageFloat(tensor.dtype) ? cast(tensor, "f32") : tensor;
}

export function narrow(tensor: Tensor, dtype: DType): Tensor {
  return tensor.dtype === dtype ? tensor : cast(tensor, dtype);
}
