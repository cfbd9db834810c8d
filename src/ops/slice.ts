/**
 * slice(a, ranges): per axis [start, end, step] as in Python: negative positions count from the end, positions beyond the ends are
 * drawn in, a negative step runs backwards, null and missing entries mean everything. Any dtype; a copy.
 *
 * split(a, sizes, axis): consecutive pieces of the given sizes, or that many equal ones.
 */
import { InputError, ShapeError } from "../backends/contract.js";
import { checkAxis, stridesOf } from "../tensor/shape.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import type { CallOptions } from "./define-op.js";
import { rearrangement } from "./movement/rearrange.js";
import { wholeRegion } from "./movement/region.js";

/** Start (included), end (excluded) and step; null for "from the beginning" and "to the end" in the direction of the step. */
export type SliceRange = readonly [start?: number | null, end?: number | null, step?: number] | null;

interface ResolvedRange {
  readonly start: number;
  readonly extent: number;
  readonly step: number;
}

export function resolveRange(range: SliceRange, extent: number): ResolvedRange {
  const [from = null, to = null, step = 1] = range ?? [];
  for (const value of [from, to, step]) {
    if (value !== null && !Number.isInteger(value)) {
      throw new InputError("slice", "ranges", `has ${String(value)}; positions and steps are integers`);
    }
  }
  if (step === 0) throw new InputError("slice", "ranges", "has step 0");
  const [least, most] = step > 0 ? [0, extent] : [-1, extent - 1];
  const place = (at: number | null, otherwise: number): number => {
    if (at === null) return otherwise;
    return Math.min(Math.max(at < 0 ? at + extent : at, least), most);
  };
  const start = place(from, step > 0 ? least : most);
  const end = place(to, step > 0 ? most : least);
  return { start, extent: Math.max(0, Math.ceil((end - start) / step)), step };
}

export const slice = rearrangement("slice", (a: Tensor, ranges: readonly SliceRange[], options: CallOptions = {}) => {
  assertTensor("slice", "a", a);
  if (!Array.isArray(ranges) || ranges.length > a.rank) {
    throw new InputError("slice", "ranges", `must be an array of at most ${a.rank} ranges, one per axis`);
  }
  const resolved = a.shape.map((extent, axis) => resolveRange(ranges[axis] ?? null, extent));
  const strides = stridesOf(a.shape);
  const region = wholeRegion(
    resolved.map(({ extent }) => extent),
    resolved.map(({ step }, axis) => step * (strides[axis] as number)),
    resolved.reduce((sum, { start }, axis) => sum + start * (strides[axis] as number), 0),
  );
  return { a, options, region };
});

/** @throws ShapeError when the sizes do not add up to the axis */
export function split(
  a: Tensor,
  sizes: number | readonly number[],
  axis = 0,
  options: Pick<CallOptions, "on" | "scope"> = {},
): Tensor[] {
  assertTensor("split", "a", a);
  const along = checkAxis("split", "axis", axis, a.rank);
  const extent = a.shape[along] as number;
  const pieces = typeof sizes === "number" ? new Array<number>(Math.max(1, sizes)).fill(extent / sizes) : sizes;
  if (!pieces.every((size) => Number.isInteger(size) && size >= 0) || pieces.reduce((x, y) => x + y, 0) !== extent) {
    throw new ShapeError("split", "a", {
      expected: `an axis ${axis} that splits into ${Array.isArray(sizes) ? `[${sizes.join(", ")}]` : `${sizes} equal parts`}`,
      actual: a.shape,
    });
  }
  let start = 0;
  return pieces.map((size) => {
    const ranges = a.shape.map((_, i): SliceRange => (i === along ? [start, start + size] : null));
    start += size;
    return slice(a, ranges, options);
  });
}
