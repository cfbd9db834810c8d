/** Running products of small matrices along lines, on the CPU. */
import type { WasmRun } from "../../../backends/wasm/group.js";
import type { WasmOperand } from "../../../engine/operation.js";
import type { ScanKernels } from "../../../generated/kernels/scan.js";
import { sizeOf } from "../../../tensor/dtype.js";
import type { Lines } from "./lines.js";
import { scanOnLines } from "./on-lines.js";

export function scanMatrices(
  w: WasmRun<ScanKernels>,
  { k, tropical }: { k: number; tropical: boolean },
  lines: Lines,
  [src, flags]: readonly [WasmOperand, WasmOperand?],
  dst: WasmOperand,
): void {
  if (dst.size === 0) return;
  const bytes = k * k * sizeOf(src.dtype);
  const over = tropical ? 8 : 0;
  scanOnLines(w, lines, flags, {
    kernel: src.dtype === "f64" ? "f64_matrix_lines" : "f32_matrix_lines",
    stateBytes: 264,
    associative: false,
    call: ({ mode, element, resets, writes, extent, state }) => [
      ...[mode | over, k, src.ptr + element * bytes, ...resets],
      ...[writes ? dst.ptr + element * bytes : 0, ...extent, state],
    ],
    begin: (state) => w.kernels.f64_matrix_begin(over, k, state),
    merge: (state, later) => w.kernels.f64_matrix_merge(over, k, state, later),
  });
}
