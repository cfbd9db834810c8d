/**
 * Long lines on several threads: every block's total first, all at once; then what each block begins with, one after the other;
 * then the scans of the blocks, all at once. A kernel that runs over a whole line takes the same blocks, so the bits are the same.
 */
import type { KernelName, WasmRun } from "../../../backends/wasm/group.js";
import type { ScanKernels } from "../../../generated/kernels/scan.js";
import { chunksOf } from "../../support/chunks.js";
import type { Lines } from "./lines.js";

/** Elements of a block, as in assembly/scan. */
export const blockLength = 65536;

export interface BlockScan {
  readonly kernel: KernelName<ScanKernels>;
  readonly stateBytes: number;
  /** The arguments of a call for elements [start, start + count) of a line, whose state holds what comes before them. */
  call(line: number, start: number, count: number, writes: boolean, state: number): readonly number[];
  /** Makes it the state before a line. */
  begin(state: number, line: number): void;
  /** state becomes state joined with the later one. */
  merge(state: number, later: number): void;
}

/** Whether lines are to be cut: there are threads to spare. */
export function worthCutting(w: WasmRun<ScanKernels>, { outer, n, inner }: Lines): boolean {
  return w.threads > 1 && n > blockLength && outer * inner < 2 * w.threads;
}

export function scanInBlocks(w: WasmRun<ScanKernels>, lines: number, { n, reverse }: Lines, scan: BlockScan): void {
  const { kernel, stateBytes, call, begin, merge } = scan;
  const blocks = [...chunksOf(n, blockLength)].map(
    ([done, count]) => [reverse ? n - done - count : done, count] as const,
  );
  const totals = w.scratch(stateBytes * lines * blocks.length);
  const carries = w.scratch(stateBytes * lines * blocks.length);
  const calls = (states: number, writes: boolean) =>
    Array.from({ length: lines }, (_, line) =>
      blocks.map(([start, count], b) => {
        const state = states + stateBytes * (line * blocks.length + b);
        return call(line, start, count, writes, state);
      }),
    ).flat();
  for (let i = 0; i < lines * blocks.length; i++) begin(totals + stateBytes * i, -1);
  w.parallel(kernel, calls(totals, false));
  for (let line = 0; line < lines; line++) {
    const first = stateBytes * line * blocks.length;
    begin(carries + first, line);
    for (let b = 1; b < blocks.length; b++) {
      const at = carries + first + stateBytes * b;
      w.bytes(at, stateBytes).set(w.bytes(at - stateBytes, stateBytes));
      merge(at, totals + first + stateBytes * (b - 1));
    }
  }
  w.parallel(kernel, calls(carries, true));
}
