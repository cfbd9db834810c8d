/**
 * Scans on the GPU: three dispatches over tiles of lines, or one where lines are short (shaders/common/scan-tiles.wgsl); again
 * and again where no binding holds all of a line.
 */
import type { Dispatch, GpuCapabilities, GpuRegion, GpuRun } from "../../../backends/webgpu/run.js";
import type { GpuOperand } from "../../../engine/operation.js";
import { sizeOf } from "../../../tensor/dtype.js";
import { groupSize } from "../../support/gpu.js";
import { tableOnGpu } from "../gpu-segments.js";
import type { Lines } from "./lines.js";
import { type Piece, piecesOf, regionFrom, whyNotInPieces } from "./pieces.js";

/** How the shader of a kind of element runs. */
export interface GpuScan {
  readonly label: string;
  readonly shader: Dispatch["shader"];
  readonly constants: Readonly<Record<string, number | boolean | string>>;
  /** Invocations of a workgroup, adjacent elements of each, and bytes of an Item. */
  readonly lanes?: number;
  readonly run: number;
  readonly itemBytes: number;
  /** Those with an element of so many bytes for each of the result, then those that every piece needs whole. */
  readonly inputs: readonly (readonly [region: GpuRegion, elementBytes: number])[];
  readonly whole?: readonly GpuRegion[];
  /** Bytes of an element of the result. */
  readonly elementBytes: number;
  /** Numbers after those that all scans have. */
  readonly params?: readonly number[];
}

/** Lines that keep a device busy when an invocation takes each of them. */
const manyLines = 8192;
/** Steps that an invocation takes sooner than a workgroup. */
const fewSteps = 32;

const resetKinds = { none: 0, u8: 1, words: 2, offsets: 3 };

function resetsOnGpu(g: GpuRun, { segments }: Lines, flags: GpuOperand | undefined) {
  if (!segments) return { kind: resetKinds.none, regionOf: () => undefined, offsets: 0 };
  if (segments.kind === "flags") {
    const bytes = sizeOf(segments.dtype);
    const regionOf = ({ base, flagBase, firstStep, steps }: Piece, end: number) =>
      segments.each
        ? regionFrom(flags as GpuOperand, bytes, base, end)
        : regionFrom(flags as GpuOperand, bytes, flagBase, firstStep + steps + 1);
    return { kind: resetKinds[segments.dtype === "u8" ? "u8" : "words"], regionOf, offsets: 0 };
  }
  const { offsets } = segments;
  const table = tableOnGpu(g, offsets);
  return { kind: resetKinds.offsets, regionOf: () => table, offsets: offsets.length };
}

/** Why a device cannot hold the operands of a scan. @param wholeBytes of the largest operand that every piece needs */
export function whyNotScan(caps: GpuCapabilities, lines: Lines, elementBytes: number, wholeBytes = 0) {
  const { maxStorageBufferBindingSize: limit } = caps.limits;
  if (wholeBytes > limit) return `an input of ${wholeBytes} bytes is over the device's binding limit of ${limit}`;
  return whyNotInPieces(caps, lines, widest(lines, elementBytes));
}

function widest({ segments }: Lines, elementBytes: number): number {
  return Math.max(elementBytes, segments?.kind === "flags" ? sizeOf(segments.dtype) : 0);
}

export function scanOnGpu(g: GpuRun, lines: Lines, flags: GpuOperand | undefined, dst: GpuRegion, scan: GpuScan): void {
  const { outer, n, inner, exclusive, reverse, segments } = lines;
  const { lanes = groupSize, run, itemBytes, inputs, whole = [] } = scan;
  if (outer * n * inner === 0) return;
  const resets = resetsOnGpu(g, lines, flags);
  const pieces = piecesOf(g.caps, lines, widest(lines, scan.elementBytes));
  const tilesOf = ({ steps }: Piece) => Math.ceil(steps / (lanes * run));
  const spine = g.scratch(itemBytes * Math.max(...pieces.map((piece) => piece.outer * inner * (tilesOf(piece) + 1))));
  for (const piece of pieces) {
    const { firstOuter, firstStep, steps, begin, end, base, flagBase } = piece;
    const count = piece.outer * inner;
    const isWhole = steps === n;
    const isShort = isWhole && (n <= fewSteps || count >= manyLines);
    const tiles = isShort ? 1 : tilesOf(piece);
    const isCarried = !isWhole || tiles > 1;
    const last = ((firstOuter + piece.outer - 1) * n + firstStep + steps) * inner;
    // Backwards, the flag of the step behind the piece counts as well.
    const elementsEnd = last + inner;
    const of = ([region, bytes]: readonly [GpuRegion, number]) => regionFrom(region, bytes, base, last);
    const bound = inputs.map(of);
    const dispatch = (entryPoint: string, groups: number) =>
      g.dispatch({
        label: `${scan.label} (${entryPoint})`,
        shader: scan.shader,
        constants: {
          ...scan.constants,
          LANES: lanes,
          RUN: run,
          CARRIED: isCarried,
          EXCLUSIVE: exclusive,
          REVERSED: reverse,
          RESETS: resets.kind,
          EACH: segments?.each ?? false,
        },
        entryPoint,
        params: Uint32Array.of(
          ...[n, inner, count, firstOuter * inner, begin, end, tiles, base, flagBase],
          ...[resets.offsets, Number(begin > 0), ...(scan.params ?? [])],
        ),
        bindings: [
          ...bound,
          ...whole,
          resets.regionOf(piece, elementsEnd) ?? (bound[0] as GpuRegion),
          spine,
          of([dst, scan.elementBytes]),
        ],
        groups,
      });
    if (isShort) {
      dispatch("lines", Math.ceil(count / lanes));
      continue;
    }
    if (isCarried) {
      dispatch("totals", count * tiles);
      dispatch("carries", count);
    }
    dispatch("tiles", count * tiles);
  }
}
