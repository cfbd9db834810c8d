/** Scans on the GPU: three dispatches over tiles of lines, or one where lines are short (shaders/common/scan-tiles.wgsl). */
import type { Dispatch, GpuRegion, GpuRun } from "../../../backends/webgpu/run.js";
import type { GpuOperand } from "../../../engine/operation.js";
import { sizeOf } from "../../../tensor/dtype.js";
import { groupSize } from "../../support/gpu.js";
import { tableOnGpu } from "../gpu-segments.js";
import type { Lines } from "./lines.js";

/** How the shader of a kind of element runs. */
export interface GpuScan {
  readonly label: string;
  readonly shader: Dispatch["shader"];
  readonly constants: Readonly<Record<string, number | boolean | string>>;
  /** Invocations of a workgroup, adjacent elements of each, and bytes of an Item. */
  readonly lanes?: number;
  readonly run: number;
  readonly itemBytes: number;
  readonly inputs: readonly GpuRegion[];
  /** Numbers after those that all scans have. */
  readonly params?: readonly number[];
}

/** Lines that keep a device busy when an invocation takes each of them. */
const manyLines = 8192;
/** Steps that an invocation takes sooner than a workgroup. */
const fewSteps = 32;

const resetKinds = { none: 0, u8: 1, words: 2, offsets: 3 };

function resetsOnGpu(g: GpuRun, { segments }: Lines, flags: GpuOperand | undefined) {
  if (!segments) return { kind: resetKinds.none, region: undefined, offsets: 0 };
  if (segments.kind === "flags") {
    return { kind: resetKinds[segments.dtype === "u8" ? "u8" : "words"], region: flags, offsets: 0 };
  }
  const { offsets } = segments;
  return { kind: resetKinds.offsets, region: tableOnGpu(g, offsets), offsets: offsets.length };
}

export function scanOnGpu(g: GpuRun, lines: Lines, flags: GpuOperand | undefined, dst: GpuRegion, scan: GpuScan): void {
  const { outer, n, inner, exclusive, reverse, segments } = lines;
  const { lanes = groupSize, run, itemBytes, inputs } = scan;
  const count = outer * inner;
  if (count * n === 0) return;
  const isShort = n <= fewSteps || count >= manyLines;
  const tiles = isShort ? 1 : Math.ceil(n / (lanes * run));
  const resets = resetsOnGpu(g, lines, flags);
  const spine = g.scratch(tiles > 1 ? itemBytes * count * tiles : itemBytes);
  const dispatch = (entryPoint: string, groups: number) =>
    g.dispatch({
      label: `${scan.label} (${entryPoint})`,
      shader: scan.shader,
      constants: {
        ...scan.constants,
        LANES: lanes,
        RUN: run,
        EXCLUSIVE: exclusive,
        REVERSED: reverse,
        RESETS: resets.kind,
        EACH: segments?.each ?? false,
      },
      entryPoint,
      params: Uint32Array.of(n, inner, count, tiles, resets.offsets, ...(scan.params ?? [])),
      bindings: [...inputs, resets.region ?? (inputs[0] as GpuRegion), spine, dst],
      groups,
    });
  if (isShort) {
    dispatch("lines", Math.ceil(count / lanes));
    return;
  }
  if (tiles > 1) {
    dispatch("totals", count * tiles);
    dispatch("carries", count);
  }
  dispatch("tiles", count * tiles);
}

/** Bytes of flags that belong to one index of the axes before the scanned one. */
export function flagBytes({ n, inner, segments }: Lines): readonly number[] {
  if (segments?.kind !== "flags") return [];
  return [segments.each ? n * inner * sizeOf(segments.dtype) : 0];
}

export const narrowed = (lines: Lines, start: number, end: number): Lines => ({ ...lines, outer: end - start });
