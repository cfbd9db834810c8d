/** First-order linear recurrences of f32 and f64 along lines, on the CPU. */
import type { WasmRun } from "../../../backends/wasm/group.js";
import type { WasmOperand } from "../../../engine/operation.js";
import type { ScanKernels } from "../../../generated/kernels/scan.js";
import { sizeOf } from "../../../tensor/dtype.js";
import type { Lines } from "./lines.js";
import { scanOnLines, writeDoubles } from "./on-lines.js";

export interface AffineOperands<O> {
  readonly a: O;
  readonly b: O;
  readonly initial: O | undefined;
  readonly flags: O | undefined;
}

export function scanAffine(
  w: WasmRun<ScanKernels>,
  lines: Lines,
  { a, b, initial, flags }: AffineOperands<WasmOperand>,
  dst: WasmOperand,
): void {
  if (dst.size === 0) return;
  const bytes = sizeOf(b.dtype);
  const firstOf = (line: number): number => {
    if (!initial || line < 0) return 0;
    const view = w.bytes(initial.ptr + line * bytes, bytes);
    const at = new DataView(view.buffer, view.byteOffset);
    return bytes === 8 ? at.getFloat64(0, true) : at.getFloat32(0, true);
  };
  scanOnLines(w, lines, flags, {
    kernel: bytes === 8 ? "f64_affine_lines" : "f32_affine_lines",
    stateBytes: 24,
    associative: false,
    call: ({ mode, element, line, resets, writes, extent, state }) => [
      ...[mode, a.ptr + element * bytes, b.ptr + element * bytes, ...resets],
      ...[initial ? initial.ptr + line * bytes : 0, writes ? dst.ptr + element * bytes : 0, ...extent, state],
    ],
    begin: (state, line) => writeDoubles(w, state, [firstOf(line), 1, 0]),
    merge: (state, later) => w.kernels.f64_affine_merge(state, later),
  });
}
