/**
 * broadcastTo(a, shape): a repeated along its axes of extent 1 and new leading axes, as NumPy does. Any dtype; a copy.
 * copy(a): the same elements in memory of their own.
 */
import { ShapeError } from "../backends/contract.js";
import { broadcastShapes, checkShape, type Shape, sameShape } from "../tensor/shape.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import type { CallOptions } from "./define-op.js";
import { rearrangement } from "./movement/rearrange.js";
import { wholeRegion } from "./movement/region.js";
import { broadcastStrides } from "./support/nest.js";

export const broadcastTo = rearrangement("broadcastTo", (a: Tensor, shape: Shape, options: CallOptions = {}) => {
  assertTensor("broadcastTo", "a", a);
  checkShape("broadcastTo", "shape", shape);
  if (a.rank > shape.length || !sameShape(broadcastShapes("broadcastTo", [shape, a.shape], ["shape", "a"]), shape)) {
    throw new ShapeError("broadcastTo", "a", {
      expected: `something that broadcasts to [${shape.join(", ")}]`,
      actual: a.shape,
    });
  }
  return { a, options, region: wholeRegion(shape, broadcastStrides(shape, a.shape)) };
});

export const copy = rearrangement("copy", (a: Tensor, options: CallOptions = {}) => {
  assertTensor("copy", "a", a);
  return { a, options, region: wholeRegion(a.shape, broadcastStrides(a.shape, a.shape)) };
});
