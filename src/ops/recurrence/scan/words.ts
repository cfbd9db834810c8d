/** Scans of i32, u32 and of codes of a finite monoid along lines, on the CPU. */
import type { WasmRun } from "../../../backends/wasm/group.js";
import type { WasmOperand } from "../../../engine/operation.js";
import type { ScanKernels } from "../../../generated/kernels/scan.js";
import { sizeOf } from "../../../tensor/dtype.js";
import type { Lines } from "./lines.js";
import { scanOnLines } from "./on-lines.js";

/** The monoid: a number of the kernels, its unit, and for number 4 its table in memory. */
export interface WordMonoid {
  readonly code: 0 | 1 | 2 | 3 | 4;
  readonly unit: number;
  readonly table?: { readonly ptr: number; readonly size: number };
}

export function scanWords(
  w: WasmRun<ScanKernels>,
  { code, unit, table = { ptr: 0, size: 0 } }: WordMonoid,
  lines: Lines,
  [src, flags]: readonly [WasmOperand, WasmOperand?],
  dst: WasmOperand,
): void {
  if (dst.size === 0) return;
  const bytes = sizeOf(src.dtype);
  const stateBytes = 8;
  scanOnLines(w, lines, flags, {
    kernel: bytes === 1 ? "u8_scan_lines" : "i32_scan_lines",
    stateBytes,
    associative: true,
    call: ({ mode, element, resets, writes, extent, state }) => [
      ...[code, mode, src.ptr + element * bytes, ...resets],
      ...[writes ? dst.ptr + element * bytes : 0, ...extent, unit, table.ptr, table.size, state],
    ],
    begin: (state) => {
      const { buffer, byteOffset } = w.bytes(state, stateBytes);
      new Int32Array(buffer, byteOffset, 2).set([unit, 0]);
    },
    merge: (state, later) => w.kernels.i32_scan_merge(code, state, later, table.ptr, table.size),
  });
}
