/** Column-major ("Fortran") order made row-major. */
import type { BitsArray, BitsArrayConstructor } from "../dtype.js";
import { type Shape, stridesOf } from "../shape.js";

/** The elements of a column-major array of this shape in row-major order. */
export function fromColumnMajor(columns: BitsArray, shape: Shape): BitsArray {
  const rank = shape.length;
  const rows = new (columns.constructor as BitsArrayConstructor)(columns.length);
  // Column-major strides are the row-major ones of the reversed shape, reversed.
  const strides = stridesOf(shape.toReversed()).reverse();
  const index = new Array<number>(rank).fill(0);
  let source = 0;
  for (let target = 0; target < rows.length; target++) {
    rows[target] = columns[source] as number;
    // Count up the last axis, carrying: a full axis goes back to its start and its neighbour moves on.
    for (let axis = rank - 1; axis >= 0; axis--) {
      const extent = shape[axis] as number;
      const stride = strides[axis] as number;
      source += stride;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < extent) break;
      index[axis] = 0;
      source -= stride * extent;
    }
  }
  return rows;
}
