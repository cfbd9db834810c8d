/**
 * Sums, products and maxima along adjacent words on the GPU: reduce-then-scan by quads, or a single pass
 * (shaders/recurrence-scan-quads.wgsl, recurrence-scan-single.wgsl).
 */
import type { GpuCapabilities, GpuRegion, GpuRun } from "../../../backends/webgpu/run.js";
import { source as quadsShader } from "../../../generated/shaders/recurrence-scan-quads.js";
import { source as singleShader } from "../../../generated/shaders/recurrence-scan-single.js";
import type { DType } from "../../../tensor/dtype.js";
import { formatOf } from "../../support/formats.js";
import { groupSize } from "../../support/gpu.js";
import type { FloatScan } from "./floats.js";
import type { Lines } from "./lines.js";
import { type Piece, piecesOf, regionFrom } from "./pieces.js";

/** "single-pass" reads everything once, "reduce-then-scan" twice. */
export type ScanVariant = "single-pass" | "reduce-then-scan";

/** Numbers of the shaders. */
export const gpuCodes = { add: 0, multiply: 1, max: 2 } as const;

const tileWords = 16 * groupSize;
/** Fewer words are not worth more than an invocation each. */
const fewWords = 256;

/** Whether lines are adjacent words that begin on 16 bytes. */
export function isOfQuads({ outer, n, inner, segments }: Lines): boolean {
  return inner === 1 && segments === undefined && n > fewWords && (outer === 1 || n % 4 === 0);
}

/** Why a device cannot scan in a single pass. */
export function whyNotSinglePass({ software, subgroups, limits }: GpuCapabilities, { outer, n }: Lines) {
  if (software) return "a single pass is for real adapters, where workgroups run side by side";
  if (!subgroups) return "a single pass is for adapters with subgroups";
  if (4 * outer * n > limits.maxStorageBufferBindingSize) return "a single pass needs all lines in one binding";
  return undefined;
}

export interface WordScan {
  readonly label: string;
  readonly operation: FloatScan;
  readonly dtype: DType;
  readonly variant: ScanVariant;
  /** For tests: every so many tiles keep their totals to themselves. */
  readonly silent?: number;
}

export function scanQuadsOnGpu(g: GpuRun, lines: Lines, src: GpuRegion, dst: GpuRegion, scan: WordScan): void {
  const { label, operation, dtype, variant } = scan;
  const { outer, n, exclusive, reverse } = lines;
  const constants = {
    OP: gpuCodes[operation],
    FORMAT: formatOf(dtype),
    Number: dtype === "f32" && operation !== "max" ? "f32" : "u32",
    LANES: groupSize,
    EXCLUSIVE: exclusive,
    REVERSED: reverse,
  };
  const tilesOf = (steps: number) => Math.ceil(steps / tileWords);
  const paramsOf = ({ firstOuter, firstStep, steps, base, begin, outer: count }: Piece) => [
    ...[steps, Math.ceil(steps / 4), tilesOf(steps), Math.floor(n / 4), (firstOuter * n + firstStep - base) / 4],
    ...[count, Number(begin > 0)],
  ];
  const pieces = piecesOf(g.caps, lines, 4);
  if (variant === "single-pass") {
    const [piece] = pieces as [Piece];
    const groups = outer * tilesOf(n);
    const spine = g.scratch(4 * (1 + 2 * groups));
    const single = { shader: singleShader, params: paramsOf(piece), bindings: [src, spine, dst] };
    // What an earlier call left would be taken for known.
    const clearing = Math.ceil((1 + 2 * groups) / groupSize);
    g.dispatch({ ...single, label: `${label} (clear)`, entryPoint: "clear", constants, groups: clearing });
    const silent = scan.silent ? { SILENT: scan.silent } : {};
    g.dispatch({
      ...single,
      label: `${label} (single)`,
      entryPoint: "single",
      constants: { ...constants, ...silent },
      groups,
    });
    return;
  }
  const spine = g.scratch(4 * Math.max(...pieces.map((piece) => piece.outer * (tilesOf(piece.steps) + 1))));
  for (const piece of pieces) {
    const end = (piece.firstOuter + piece.outer - 1) * n + piece.firstStep + piece.steps;
    const [from, to] = [regionFrom(src, 4, piece.base, end), regionFrom(dst, 4, piece.base, end)];
    const isCarried = piece.steps < n || tilesOf(n) > 1;
    const dispatch = (entryPoint: string, groups: number) =>
      g.dispatch({
        label: `${label} (${entryPoint})`,
        shader: quadsShader,
        constants: { ...constants, CARRIED: isCarried },
        entryPoint,
        params: paramsOf(piece),
        bindings: [from, spine, to],
        groups,
      });
    const groups = piece.outer * tilesOf(piece.steps);
    if (isCarried) {
      dispatch("totals", groups);
      dispatch("carries", piece.outer);
    }
    dispatch("tiles", groups);
  }
}
