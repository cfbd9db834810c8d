/** Shapes, directions and segments that every scan is tried on, and its oracle along an axis. */
import type { Engine } from "../../../src/engine/engine.js";
import type { LineOptions } from "../../../src/ops/recurrence/scan/lines.js";
import { sizeOfShape } from "../../../src/tensor/shape.js";
import { uniform } from "../../support/arrays.js";

export interface LineCase {
  readonly shape: readonly number[];
  readonly axis: number;
  readonly segments?: "offsets" | "flags" | "words" | "each";
}

/** Tails of every length, rows and columns, nothing, one; lines longer than a workgroup's share. */
export const lineCases: readonly LineCase[] = [
  { shape: [0], axis: 0 },
  { shape: [1], axis: 0 },
  ...[2, 3, 4, 5, 15, 16, 17, 31, 67].map((n) => ({ shape: [n], axis: -1 })),
  { shape: [3, 0], axis: 1 },
  { shape: [0, 3], axis: 1 },
  { shape: [2, 1037], axis: 1 },
  { shape: [9, 1], axis: 0 },
  { shape: [7, 5], axis: 0 },
  { shape: [2, 33, 6], axis: 1 },
  { shape: [2, 300, 3], axis: -2 },
  { shape: [23], axis: 0, segments: "offsets" },
  { shape: [2, 1037], axis: 1, segments: "flags" },
  { shape: [3, 29], axis: 1, segments: "each" },
  { shape: [19, 5], axis: 0, segments: "words" },
  { shape: [2, 300, 7], axis: 1, segments: "each" },
  { shape: [2, 300, 3], axis: 1, segments: "offsets" },
];

export const directions: readonly { readonly exclusive: boolean; readonly reverse: boolean }[] = [false, true].flatMap(
  (exclusive) => [false, true].map((reverse) => ({ exclusive, reverse })),
);

/** Flags of a case and the option that says the same, of a tensor or of offsets. */
export function segmentsFor(engine: Engine, { shape, axis, segments }: LineCase) {
  if (!segments) return { options: {}, startsOf: () => undefined };
  const n = shape.at(axis) as number;
  const next = uniform(n);
  const length = segments === "each" ? sizeOfShape(shape) : n;
  const flags = Array.from({ length }, () => next() < 0.2);
  const offsets = [0, 0, ...flags.flatMap((flag, t) => (flag ? [t] : [])), n];
  const words = flags.map((flag) => (flag ? 7 : 0));
  const options: Pick<LineOptions, "segments"> = {
    segments:
      segments === "offsets"
        ? offsets
        : segments === "words"
          ? engine.tensor(Int32Array.from(words))
          : engine.tensor(Uint8Array.from(words), { shape: segments === "each" ? shape : [n] }),
  };
  const along = axis < 0 ? axis + shape.length : axis;
  const inner = sizeOfShape(shape.slice(along + 1));
  const startsOf = (line: number) =>
    segments === "each"
      ? Array.from(
          { length: n },
          (_, t) => flags[Math.floor(line / inner) * n * inner + t * inner + (line % inner)] as boolean,
        )
      : flags;
  return { options, startsOf };
}

/** The elements of line number `line`, where `values` has `shape`. */
export function lineOf<X>(values: ArrayLike<X>, shape: readonly number[], axis: number, line: number): X[] {
  const along = axis < 0 ? axis + shape.length : axis;
  const n = shape[along] as number;
  const inner = sizeOfShape(shape.slice(along + 1));
  const first = Math.floor(line / inner) * n * inner + (line % inner);
  return Array.from({ length: n }, (_, t) => values[first + t * inner] as X);
}

export const linesIn = (shape: readonly number[], axis: number): number =>
  sizeOfShape(shape) === 0 ? 0 : sizeOfShape(shape) / (shape.at(axis) as number);
