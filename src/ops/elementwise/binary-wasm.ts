/**
 * The CPU side of arithmetic and comparison of two broadcasting operands. f32, f64, i32 and u32 have kernels; formats that are
 * only stored go through f32 block by block where the operands run evenly, and are widened whole where they broadcast.
 */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { WasmOperand } from "../../engine/operation.js";
import type { CoreKernels } from "../../generated/kernels/core.js";
import { type DType, sizeOf } from "../../tensor/dtype.js";
import { chunksOf } from "../support/chunks.js";
import { formatOf } from "../support/formats.js";
import { type Loop, nestCalls } from "../support/nest.js";
import { doubles, storedScratchBytes } from "./unary-wasm.js";

type Native = "f32" | "f64" | "i32" | "u32";
type Run = WasmRun<CoreKernels>;

export interface BinaryCall {
  readonly family: "binary" | "compare";
  readonly code: number;
  readonly loops: readonly Loop[];
  /** Bytes of a result element of a native kernel. */
  readonly resultBytes: number;
}

export function isNative(dtype: DType): dtype is Native {
  return dtype === "f32" || dtype === "f64" || dtype === "i32" || dtype === "u32";
}

export function runBinary(w: Run, a: WasmOperand, b: WasmOperand, dst: WasmOperand, call: BinaryCall): void {
  const { dtype } = a;
  if (isNative(dtype)) runNative(w, dtype, a.ptr, b.ptr, dst.ptr, call);
  else if (call.loops.length === 1) runStored(w, dtype, a.ptr, b.ptr, dst.ptr, call);
  else {
    const wideA = widened(w, a);
    const wideB = widened(w, b);
    if (call.family === "compare") runNative(w, "f32", wideA, wideB, dst.ptr, call);
    else {
      const wide = w.scratch(4 * dst.size);
      runNative(w, "f32", wideA, wideB, wide, call);
      narrowed(w, wide, dst);
    }
  }
}

function runNative(w: Run, dtype: Native, a: number, b: number, dst: number, call: BinaryCall): void {
  const { family, code, loops, resultBytes } = call;
  const bytes = sizeOf(dtype);
  const [aStep, bStep] = (loops[0] as Loop).strides as [number, number];
  w.parallel(
    `${dtype}_${family}`,
    nestCalls(w, loops, [bytes, bytes]).map(({ nest, state, row, rows, n, done, skip }) => [
      code,
      nest,
      state,
      a + (skip[0] as number) * bytes,
      b + (skip[1] as number) * bytes,
      dst + done * resultBytes,
      row,
      rows,
      n,
      aStep,
      bStep,
    ]),
  );
}

function runStored(w: Run, dtype: DType, a: number, b: number, dst: number, call: BinaryCall): void {
  const bytes = sizeOf(dtype);
  const isCompare = call.family === "compare";
  const { extent, strides } = call.loops[0] as Loop;
  const [aStep, bStep] = strides as [number, number];
  const chunks = [...chunksOf(extent)];
  const scratch = w.scratch(storedScratchBytes * chunks.length);
  w.parallel(
    "stored_binary",
    chunks.map(([start, n], i) => [
      formatOf(dtype),
      isCompare ? 1 : 0,
      call.code,
      a + aStep * start * bytes,
      b + bStep * start * bytes,
      dst + start * (isCompare ? 1 : bytes),
      n,
      aStep,
      bStep,
      scratch + i * storedScratchBytes,
    ]),
  );
}

/** An operand as f32 in scratch memory. */
export function widened(w: Run, { ptr, size, dtype }: WasmOperand): number {
  const wide = w.scratch(4 * size);
  const bytes = sizeOf(dtype);
  w.parallel(
    "widen",
    [...chunksOf(size)].map(([start, n]) => [formatOf(dtype), ptr + start * bytes, wide + 4 * start, n]),
  );
  return wide;
}

/** f32 from scratch memory into a stored format. */
export function narrowed(w: Run, wide: number, { ptr, size, dtype }: WasmOperand): void {
  const bytes = sizeOf(dtype);
  w.parallel(
    "narrow",
    [...chunksOf(size)].map(([start, n]) => [formatOf(dtype), wide + 4 * start, ptr + start * bytes, n]),
  );
}

/** f64 functions that have no kernel, in plain TypeScript. */
export function runDoubles(
  w: Run,
  [a, b, dst]: readonly [WasmOperand, WasmOperand, WasmOperand],
  loops: readonly Loop[],
  f: (a: number, b: number) => number,
): void {
  const [x, y, z] = [doubles(w, a), doubles(w, b), doubles(w, dst)];
  for (let i = 0; i < z.length; i++) {
    let rest = i;
    let atX = 0;
    let atY = 0;
    for (const { extent, strides } of loops) {
      const at = rest % extent;
      rest = (rest - at) / extent;
      atX += at * (strides[0] as number);
      atY += at * (strides[1] as number);
    }
    z[i] = f(x[atX] as number, y[atY] as number);
  }
}
