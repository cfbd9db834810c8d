/** Reductions on a GPU: passes of shaders/reduce.wgsl until one range is left. */
import type { GpuRegion, GpuRun } from "../../backends/webgpu/run.js";
import type { GpuOperand } from "../../engine/operation.js";
import { source as shader } from "../../generated/shaders/reduce.js";
import type { DType } from "../../tensor/dtype.js";
import { moveOnGpu } from "../movement/region.js";
import { formatOf } from "../support/formats.js";
import { groupsFor } from "../support/gpu.js";
import { intoOperand, widenedRegion } from "../support/gpu-floats.js";
import { type CpuReduction, foldCodes } from "./cpu.js";
import type { Layout } from "./layout.js";

/** Elements that a workgroup folds together, and that one invocation folds alone. */
const treeLength = 16384;
const columnLength = 256;

interface Pass {
  readonly label: string;
  readonly dtype: DType;
  readonly code: number;
  readonly layout: Pick<Layout, "outer" | "n" | "inner">;
  readonly divisor: number;
  /** Where OP is the sum of squared differences, what they are from. */
  readonly centre?: GpuRegion;
}

/** One pass after the other; the last one writes dst and divides. */
function fold(g: GpuRun, src: GpuRegion, dst: GpuRegion, pass: Pass): void {
  const { label, dtype, code, layout, divisor, centre } = pass;
  const { outer, n, inner } = layout;
  // A workgroup per row is for long rows; many short ones go to single invocations.
  const isTree = inner === 1 && n > 64;
  const length = isTree ? treeLength : columnLength;
  const ranges = Math.max(1, Math.ceil(n / length));
  const isLast = ranges === 1;
  const results = outer * ranges * inner;
  const target = isLast ? dst : g.scratch(4 * results);
  const params = new DataView(new ArrayBuffer(24));
  [results, n, inner, ranges, length].forEach((value, i) => {
    params.setUint32(4 * i, value, true);
  });
  params.setFloat32(20, isLast ? divisor : 1, true);
  g.dispatch({
    label,
    shader,
    constants: { OP: `${code}u`, FORMAT: `${formatOf(dtype)}u`, QUADS: isTree && n % 4 === 0 },
    entryPoint: isTree ? "tree" : "columns",
    params: params.buffer,
    bindings: [src, centre ?? src, target],
    groups: isTree ? results : groupsFor(results),
  });
  if (isLast) return;
  const again = code === foldCodes.deviations ? foldCodes.sum : code;
  fold(g, target, dst, { label, dtype, code: again, layout: { outer, n: ranges, inner }, divisor });
}

/** The source in the layout's order, as f32, i32 or u32. */
export function arrangedRegion(g: GpuRun, src: GpuOperand, { order }: Layout): { region: GpuRegion; dtype: DType } {
  const dtype = src.dtype === "f16" || src.dtype === "bf16" ? "f32" : src.dtype;
  const wide = widenedRegion(g, src);
  if (!order) return { region: wide, dtype };
  const region = g.scratch(4 * src.size);
  moveOnGpu(g, "reduce: order", dtype, wide, region, order);
  return { region, dtype };
}

export function reduceOnGpu(
  g: GpuRun,
  label: string,
  src: GpuOperand,
  dst: GpuOperand,
  { code, layout, divisor = 1 }: CpuReduction,
): void {
  if (dst.size === 0) return;
  const { region, dtype } = arrangedRegion(g, src, layout);
  intoOperand(g, dst, (target) => {
    if (code !== foldCodes.deviations) fold(g, region, target, { label, dtype, code, layout, divisor });
    else {
      const centre = g.scratch(4 * dst.size);
      fold(g, region, centre, { label, dtype, code: foldCodes.sum, layout, divisor: layout.n });
      fold(g, region, target, { label, dtype, code, layout, divisor, centre });
    }
  });
}
