/** Sums, products and maxima of f32 and f64 along lines, on the CPU. */
import type { WasmRun } from "../../../backends/wasm/group.js";
import type { WasmOperand } from "../../../engine/operation.js";
import type { ScanKernels } from "../../../generated/kernels/scan.js";
import { sizeOf } from "../../../tensor/dtype.js";
import { chunksOf } from "../../support/chunks.js";
import { blockLength, scanInBlocks, worthCutting } from "./blocks.js";
import type { Lines } from "./lines.js";
import { writeDoubles } from "./on-lines.js";
import { type Resets, resetsOnCpu } from "./resets.js";

type Run = WasmRun<ScanKernels>;

/** Numbers of the kernels, and what a scan begins with. */
const operations = { add: [0, 0], multiply: [1, 1], max: [2, -Infinity] } as const;
export type FloatScan = keyof typeof operations;

const stateBytes = 16;
/** Columns of a call. */
const columns = 256;

interface FloatCall {
  readonly op: FloatScan;
  readonly mode: number;
  readonly lines: Lines;
  readonly src: WasmOperand;
  readonly dst: WasmOperand;
  readonly resets: Resets;
}

function scanRows(w: Run, { op, mode, lines, src, dst, resets }: FloatCall): void {
  const [code, unit] = operations[op];
  const { outer, n } = lines;
  const bytes = sizeOf(src.dtype);
  const kernel = src.dtype === "f64" ? "f64_scan_rows" : "f32_scan_rows";
  const apart = resets.each ? n : 0;
  const at = (element: number, line: number, start: number) =>
    [src.ptr + element * bytes, resets.ptr && resets.ptr + line * apart + start, apart] as const;
  if (worthCutting(w, lines)) {
    scanInBlocks(w, outer, lines, {
      kernel,
      stateBytes,
      call: (line, start, count, writes, state) => {
        const element = line * n + start;
        return [code, mode | 4, ...at(element, line, start), writes ? dst.ptr + element * bytes : 0, 1, count, state];
      },
      begin: (state) => writeDoubles(w, state, [unit, 0]),
      merge: (state, later) => w.kernels.f64_scan_merge(code, state, later),
    });
    return;
  }
  const pieces = [...chunksOf(outer, Math.max(1, Math.floor(blockLength / n)))];
  const states = w.scratch(stateBytes * pieces.length);
  w.parallel(
    kernel,
    pieces.map(([line, count], i) => {
      const element = line * n;
      return [code, mode, ...at(element, line, 0), dst.ptr + element * bytes, count, n, states + stateBytes * i];
    }),
  );
}

function scanColumns(w: Run, { op, mode, lines, src, dst, resets }: FloatCall): void {
  const [code] = operations[op];
  const { outer, n, inner } = lines;
  const bytes = sizeOf(src.dtype);
  const pieces = [...chunksOf(inner, columns)];
  const carried = w.scratch(8 * columns * pieces.length * outer);
  const calls = Array.from({ length: outer }, (_, line) =>
    pieces.map(([first, width], piece) => {
      const element = line * n * inner + first;
      const flags = resets.ptr && resets.ptr + (resets.each ? element : 0);
      const acc = carried + 8 * columns * (line * pieces.length + piece);
      return [
        ...[code, mode | (resets.ptr && resets.each ? 8 : 0), src.ptr + element * bytes],
        ...[flags, resets.each ? inner : 1, dst.ptr + element * bytes, acc, n, width, inner * bytes],
      ];
    }),
  ).flat();
  w.parallel(src.dtype === "f64" ? "f64_scan_columns" : "f32_scan_columns", calls);
}

export function scanFloats(
  w: Run,
  op: FloatScan,
  lines: Lines,
  [src, flags]: readonly [WasmOperand, WasmOperand?],
  dst: WasmOperand,
): void {
  if (dst.size === 0) return;
  const mode = Number(lines.exclusive) + 2 * Number(lines.reverse);
  const call = { op, mode, lines, src, dst, resets: resetsOnCpu(w, lines, flags) };
  if (lines.inner === 1) scanRows(w, call);
  else scanColumns(w, call);
}
