/** The CPU's calls for kernels that walk lines of any stride: pieces of many lines, or blocks of long ones. */
import type { KernelName, WasmRun } from "../../../backends/wasm/group.js";
import type { WasmOperand } from "../../../engine/operation.js";
import type { ScanKernels } from "../../../generated/kernels/scan.js";
import { chunksOf } from "../../support/chunks.js";
import { blockLength, scanInBlocks, worthCutting } from "./blocks.js";
import type { Lines } from "./lines.js";
import { resetsOnCpu } from "./resets.js";

/** One call: `count` lines of `steps` elements, the first of them `element`. */
export interface LineCall {
  /** 1 exclusive, 2 reversed, 4 the state holds what comes before. */
  readonly mode: number;
  readonly element: number;
  /** Of the first line. */
  readonly line: number;
  /** Address of the flags, bytes from step to step, and from line to line. */
  readonly resets: readonly [ptr: number, step: number, apart: number];
  readonly writes: boolean;
  /** Lines, elements between their beginnings, steps, elements between steps: as the kernels take them. */
  readonly extent: readonly [count: number, next: number, steps: number, stride: number];
  readonly state: number;
}

export interface LineKernel {
  readonly kernel: KernelName<ScanKernels>;
  readonly stateBytes: number;
  /**
   * Whether one pass over a long line gives the bits that its blocks give. Where rounding tells them apart, long lines are always
   * cut.
   */
  readonly associative: boolean;
  /** The kernel's arguments. */
  call(call: LineCall): readonly number[];
  /** Makes the state what comes before a line, or the neutral one for line -1. */
  begin(state: number, line: number): void;
  /** state becomes state joined with the later one. */
  merge(state: number, later: number): void;
}

export function scanOnLines(
  w: WasmRun<ScanKernels>,
  lines: Lines,
  flags: WasmOperand | undefined,
  { kernel, stateBytes, associative, call, begin, merge }: LineKernel,
): void {
  const { outer, n, inner, exclusive, reverse } = lines;
  const { ptr, each } = resetsOnCpu(w, lines, flags);
  const mode = Number(exclusive) + 2 * Number(reverse);
  const next = inner === 1 ? n : 1;
  const callFor = (
    how: number,
    line: number,
    count: number,
    start: number,
    steps: number,
    writes: boolean,
    state: number,
  ) => {
    const element = Math.floor(line / inner) * n * inner + (line % inner) + start * inner;
    const resets = [ptr && ptr + (each ? element : start), each ? inner : 1, each ? next : 0] as const;
    return call({ mode: how, element, line, resets, writes, extent: [count, next, steps, inner], state });
  };
  if (associative ? worthCutting(w, lines) : n > blockLength) {
    scanInBlocks(w, outer * inner, lines, {
      kernel,
      stateBytes,
      call: (line, start, count, writes, state) => callFor(mode | 4, line, 1, start, count, writes, state),
      begin,
      merge,
    });
    return;
  }
  const perCall = Math.max(1, Math.floor(blockLength / Math.max(1, n)));
  // The lines of a call are evenly spaced: between columns they do not cross from one outer index to the next.
  const groups =
    inner === 1 ? [[0, outer] as const] : Array.from({ length: outer }, (_, o) => [o * inner, inner] as const);
  const pieces = groups.flatMap(([base, all]) =>
    [...chunksOf(all, perCall)].map(([line, some]) => [base + line, some] as const),
  );
  const states = w.scratch(stateBytes * pieces.length);
  w.parallel(
    kernel,
    pieces.map(([line, some], i) => callFor(mode, line, some, 0, n, true, states + stateBytes * i)),
  );
}

/** Writes doubles into memory. */
export function writeDoubles(w: WasmRun<ScanKernels>, ptr: number, values: readonly number[]): void {
  const { buffer, byteOffset } = w.bytes(ptr, 8 * values.length);
  new Float64Array(buffer, byteOffset, values.length).set(values);
}
