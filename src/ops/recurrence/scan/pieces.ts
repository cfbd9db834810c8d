/** Which parts of lines one call of the scan shaders takes: lines that no binding holds are scanned piece by piece. */
import type { GpuCapabilities, GpuRegion } from "../../../backends/webgpu/run.js";
import type { Lines } from "./lines.js";

/** Offsets of bindings are multiples of 256 bytes, so those of elements of any size are multiples of as many elements. */
const alignment = 256;

export interface Piece {
  /** Indices of the axes before the scanned one. */
  readonly firstOuter: number;
  readonly outer: number;
  /** Steps of every line, in the order of memory. */
  readonly firstStep: number;
  readonly steps: number;
  /** The same in the direction of the scan. */
  readonly begin: number;
  readonly end: number;
  /** First element and first step that are bound. */
  readonly base: number;
  readonly flagBase: number;
}

/** Elements that a binding holds for certain, wherever it begins. */
function mostElements({ limits }: GpuCapabilities, elementBytes: number): number {
  return Math.floor((limits.maxStorageBufferBindingSize - 16) / elementBytes) - alignment;
}

/** Why a scan cannot be cut to fit. @param elementBytes of the widest operand */
export function whyNotInPieces(caps: GpuCapabilities, { inner, outer, n }: Lines, elementBytes: number) {
  const { maxStorageBufferBindingSize: limit } = caps.limits;
  if (outer * n * inner * elementBytes <= limit || 2 * inner <= mostElements(caps, elementBytes)) return undefined;
  return `two steps of the scan are over the device's binding limit of ${limit} bytes`;
}

/** In the order in which they have to run. */
export function piecesOf(caps: GpuCapabilities, lines: Lines, elementBytes: number): Piece[] {
  const { outer, n, inner, reverse } = lines;
  const line = n * inner;
  const piece = (firstOuter: number, count: number, firstStep: number, steps: number): Piece => ({
    firstOuter,
    outer: count,
    firstStep,
    steps,
    begin: reverse ? n - firstStep - steps : firstStep,
    end: reverse ? n - firstStep : firstStep + steps,
    base: floorTo(alignment, firstOuter * line + firstStep * inner),
    flagBase: floorTo(alignment, firstStep),
  });
  const most =
    outer * line * elementBytes <= caps.limits.maxStorageBufferBindingSize
      ? outer * line
      : mostElements(caps, elementBytes);
  if (line <= most) {
    const each = Math.max(1, Math.floor(most / line));
    return cut(outer, each).map(([first, count]) => piece(first, count, 0, n));
  }
  // One step less than fits: backwards, a piece looks at the flag of the step behind it.
  const fitting = Math.floor(most / inner) - 1;
  const parts = cut(n, floorTo(alignment, fitting) || fitting);
  if (reverse) parts.reverse();
  return Array.from({ length: outer }, (_, index) =>
    parts.map(([first, steps]) => piece(index, 1, first, steps)),
  ).flat();
}

/** Of an operand with so many bytes for each of its elements (or steps), those from `base` on up to `end`. */
export function regionFrom(whole: GpuRegion, bytes: number, base: number, end: number): GpuRegion {
  const offset = base * bytes;
  return { ...whole, offset: whole.offset + offset, bytes: Math.min(whole.bytes, end * bytes) - offset };
}

const floorTo = (unit: number, value: number): number => value - (value % unit);

function cut(count: number, each: number): [first: number, count: number][] {
  return Array.from({ length: Math.ceil(count / each) }, (_, i) => [i * each, Math.min(each, count - i * each)]);
}
