/**
 * A reduction over any axes as one over the middle of [outer, n, inner]. Where the reduced axes are not next to each other the
 * elements are first put in that order.
 */
import { InputError } from "../../backends/contract.js";
import { checkAxis, type Shape, sizeOfShape, stridesOf } from "../../tensor/shape.js";
import { type Region, wholeRegion } from "../movement/region.js";

export interface Layout {
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
  /** How to bring the elements in this order; absent when they are. */
  readonly order?: Region;
}

export interface AxesOptions {
  /** One axis, several, or all when absent. Negative ones count from the end. */
  axes?: number | readonly number[];
  /** Reduced axes stay, with extent 1. */
  keepDims?: boolean;
}

/** The axes, each once, in order. */
export function resolveAxes(op: string, axes: AxesOptions["axes"], rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const given = typeof axes === "number" ? [axes] : axes;
  if (!Array.isArray(given)) throw new InputError(op, "axes", "must be an axis or an array of axes");
  const resolved = given.map((axis) => checkAxis(op, "axes", axis, rank));
  if (new Set(resolved).size !== resolved.length) {
    throw new InputError(op, "axes", `[${given.join(", ")}] names an axis twice`);
  }
  return resolved.sort((a, b) => a - b);
}

export function reducedShape(shape: Shape, axes: readonly number[], keepDims = false): number[] {
  return shape.flatMap((extent, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [extent]));
}

export function layoutOf(shape: Shape, axes: readonly number[]): Layout {
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const extents = (which: readonly number[]) => sizeOfShape(which.map((axis) => shape[axis] as number));
  const wide = axes.filter((axis) => shape[axis] !== 1);
  const [first = 0, last = first] = [wide[0], wide.at(-1)];
  const isRun = kept.every((axis) => axis < first || axis > last || shape[axis] === 1);
  if (isRun) {
    return {
      outer: extents(kept.filter((axis) => axis < first)),
      n: extents(axes),
      inner: extents(kept.filter((axis) => axis >= first)),
    };
  }
  const strides = stridesOf(shape);
  const ordered = [...kept, ...axes];
  const order = wholeRegion(
    ordered.map((axis) => shape[axis] as number),
    ordered.map((axis) => strides[axis] as number),
  );
  return { outer: extents(kept), n: extents(axes), inner: 1, order };
}
