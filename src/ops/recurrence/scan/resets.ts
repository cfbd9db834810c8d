/** Where a scan begins anew, as the CPU's kernels read it: a byte per element, in the direction of the scan. */
import type { WasmRun } from "../../../backends/wasm/group.js";
import type { WasmOperand } from "../../../engine/operation.js";
import type { ScanKernels } from "../../../generated/kernels/scan.js";
import { sizeOf } from "../../../tensor/dtype.js";
import type { Lines } from "./lines.js";

export interface Resets {
  /** 0 where there are none. */
  readonly ptr: number;
  /** One per element rather than one per step. */
  readonly each: boolean;
}

export function resetsOnCpu(w: WasmRun<ScanKernels>, lines: Lines, flags: WasmOperand | undefined): Resets {
  const { outer, n, inner, reverse, segments } = lines;
  if (!segments) return { ptr: 0, each: false };
  const { each } = segments;
  const ptr = w.scratch(each ? outer * n * inner : n);
  if (segments.kind === "flags") {
    const { ptr: src, dtype } = flags as WasmOperand;
    const extents = each ? ([outer, n, inner] as const) : ([1, n, 1] as const);
    w.kernels.scan_resets(src, sizeOf(dtype), Number(reverse), ptr, ...extents);
    return { ptr, each };
  }
  const bytes = w.bytes(ptr, n).fill(0);
  for (const offset of segments.offsets) if (offset > 0 && offset < n) bytes[reverse ? offset - 1 : offset] = 1;
  return { ptr, each };
}
