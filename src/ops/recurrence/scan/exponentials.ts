/** Running log-sum-exp of f32 along lines, on the CPU. */
import type { WasmRun } from "../../../backends/wasm/group.js";
import type { WasmOperand } from "../../../engine/operation.js";
import type { ScanKernels } from "../../../generated/kernels/scan.js";
import type { Lines } from "./lines.js";
import { scanOnLines, writeDoubles } from "./on-lines.js";

/** The reference of an empty sum: the least f32. */
const least = -(2 - 2 ** -23) * 2 ** 127;

export function scanExponentials(
  w: WasmRun<ScanKernels>,
  lines: Lines,
  [src, flags]: readonly [WasmOperand, WasmOperand?],
  dst: WasmOperand,
): void {
  if (dst.size === 0) return;
  scanOnLines(w, lines, flags, {
    kernel: "f32_logsumexp_lines",
    stateBytes: 96,
    associative: false,
    call: ({ mode, element, resets, writes, extent, state }) => [
      ...[mode, src.ptr + 4 * element, ...resets],
      ...[writes ? dst.ptr + 4 * element : 0, ...extent, state],
    ],
    begin: (state) => writeDoubles(w, state, [0, least, 0]),
    merge: (state, later) => w.kernels.f32_logsumexp_merge(state, later),
  });
}
