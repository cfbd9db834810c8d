/** Shapes are arrays of non-negative integers; every tensor is contiguous and row-major. */
import { InputError, ShapeError } from "../backends/contract.js";

export type Shape = readonly number[];

/** The largest number of elements a tensor may have: sizes stay exact integers and fit a 4 GiB memory. */
export const maxElements = 2 ** 32;

export function sizeOfShape(shape: Shape): number {
  // Asked first, because the other extents may multiply to infinity, and 0 times that is no number.
  if (shape.includes(0)) return 0;
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/** Throws InputError unless every extent is a non-negative integer and the product is representable. */
export function checkShape(op: string, argument: string, shape: unknown): asserts shape is Shape {
  if (!Array.isArray(shape)) throw new InputError(op, argument, `must be an array of extents, got ${typeof shape}`);
  for (const extent of shape) {
    if (!Number.isInteger(extent) || extent < 0) {
      throw new InputError(op, argument, `has extent ${String(extent)}; extents are non-negative integers`);
    }
    if (extent > maxElements) throw new InputError(op, argument, `has extent ${extent}, which is above 2^32`);
  }
  if (sizeOfShape(shape) > maxElements) {
    throw new InputError(op, argument, `[${shape.join(", ")}] has more than 2^32 elements`);
  }
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}

/** The NumPy broadcast of several shapes; a mismatch names the argument that does not fit. */
export function broadcastShapes(op: string, shapes: readonly Shape[], names: readonly string[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  shapes.forEach((shape, which) => {
    for (let axis = 0; axis < shape.length; axis++) {
      const at = rank - shape.length + axis;
      const extent = shape[axis] as number;
      if (extent === 1) continue;
      if (result[at] !== 1 && result[at] !== extent) {
        throw new ShapeError(op, names[which] ?? `#${which}`, {
          expected: `something that broadcasts with [${result.join(", ")}]`,
          actual: shape,
        });
      }
      result[at] = extent;
    }
  });
  return result;
}

/** Maps axis in [-rank, rank) to [0, rank), or throws. */
export function checkAxis(op: string, argument: string, axis: unknown, rank: number): number {
  if (!Number.isInteger(axis) || (axis as number) < -rank || (axis as number) >= rank) {
    throw new InputError(op, argument, `is ${String(axis)}; expected an integer in [${-rank}, ${rank})`);
  }
  return (axis as number) < 0 ? (axis as number) + rank : (axis as number);
}
