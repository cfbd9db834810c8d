/**
 * Conservative matrix fields with integer matrices: M_x(x, y) M_y(x + 1, y) = M_y(x, y) M_x(x, y + 1) for every two axes, so that the
 * product along a path of unit steps depends on its ends alone. Directions have steps of 0 or more along each axis.
 */
import { InputError } from "../../backends/contract.js";
import type { Convergent } from "./convergents.js";
import { type IntegerMatrix, multiplyMatrices, productTree } from "./integer-matrix.js";

export type Point = readonly bigint[];

export interface MatrixField {
  readonly axes: readonly string[];
  /** Rows of each matrix. */
  readonly size: number;
  /** The matrix of the step from a point along axis number `axis`. */
  readonly matrices: readonly ((...point: bigint[]) => IntegerMatrix)[];
}

const step = (point: Point, axis: number): Point => point.map((x, i) => (i === axis ? x + 1n : x));
const at = (field: MatrixField, axis: number, point: Point): IntegerMatrix =>
  (field.matrices[axis] as (...point: bigint[]) => IntegerMatrix)(...point);

/**
 * Compares both paths around a square for every two axes at the points {1, ..., side}^axes. Entries are polynomials: equal on more
 * points than their degree, they are equal everywhere.
 * @throws InputError naming the two axes that do not agree
 */
export function checkConservation(field: MatrixField, side = 12): void {
  const { axes, size } = field;
  for (let index = 0; index < side ** axes.length; index++) {
    const point = axes.map((_, i) => BigInt((Math.floor(index / side ** i) % side) + 1));
    for (let x = 0; x < axes.length; x++) {
      for (let y = x + 1; y < axes.length; y++) {
        const over = multiplyMatrices(at(field, x, point), at(field, y, step(point, x)), size);
        const under = multiplyMatrices(at(field, y, point), at(field, x, step(point, y)), size);
        if (over.some((entry, i) => entry !== under[i])) {
          throw new InputError(
            "checkConservation",
            "field",
            `is not conservative in ${axes[x]}, ${axes[y]} at ${point}`,
          );
        }
      }
    }
  }
}

function checkDirection(field: MatrixField, start: Point, direction: readonly number[], steps: number): void {
  const { length } = field.axes;
  if (start.length !== length || direction.length !== length) {
    throw new RangeError(`walk: the field has the axes ${field.axes}; start and direction need a number for each`);
  }
  if (direction.some((t) => !Number.isSafeInteger(t) || t < 0) || !direction.some((t) => t > 0)) {
    throw new RangeError(`walk: direction is ${direction}; it must hold whole numbers of 0 or more, not all 0`);
  }
  if (!Number.isSafeInteger(steps) || steps < 0) throw new RangeError(`walk: steps is ${steps}, not a whole number`);
}

/** One step along a direction: unit steps, an axis of what is left at a time. */
function directionMatrix(field: MatrixField, from: Point, direction: readonly number[]): IntegerMatrix {
  const left = [...direction];
  let point = from;
  let product: IntegerMatrix | undefined;
  while (left.some((t) => t > 0)) {
    for (const [axis, t] of left.entries()) {
      if (t === 0) continue;
      const factor = at(field, axis, point);
      product = product ? multiplyMatrices(product, factor, field.size) : factor;
      point = step(point, axis);
      left[axis] = t - 1;
    }
  }
  return product as IntegerMatrix;
}

/** The product over `steps` steps of a direction from a start, by a product tree. @throws RangeError */
export function walk(field: MatrixField, start: Point, direction: readonly number[], steps: number): IntegerMatrix {
  checkDirection(field, start, direction, steps);
  const point = (n: number) => start.map((x, i) => x + BigInt(n * (direction[i] as number)));
  return productTree((n) => directionMatrix(field, point(n), direction), 0, steps, field.size);
}

/** p/q after a walk: the last entries of its first two rows. Along every direction that converges the limit is the same. */
export function walkConvergent(
  field: MatrixField,
  start: Point,
  direction: readonly number[],
  steps: number,
): Convergent {
  const product = walk(field, start, direction, steps);
  return { p: product[field.size - 1] as bigint, q: product[2 * field.size - 1] as bigint };
}
