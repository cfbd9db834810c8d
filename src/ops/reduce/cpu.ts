/** Reductions on the CPU: ranges of fixed size fold into partial results, and those fold again (assembly/reduce/fold.ts). */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { WasmOperand } from "../../engine/operation.js";
import type { CoreKernels } from "../../generated/kernels/core.js";
import type { DType } from "../../tensor/dtype.js";
import { widened } from "../elementwise/binary-wasm.js";
import { moveOnCpu } from "../movement/region.js";
import { castOnCpu } from "../support/cast-calls.js";
import { chunkElements, chunksOf } from "../support/chunks.js";
import { nestCalls } from "../support/nest.js";
import type { Layout } from "./layout.js";

type Run = WasmRun<CoreKernels>;
type Box = Pick<Layout, "outer" | "n" | "inner">;

/** Numbers of the folds. */
export const foldCodes = { sum: 0, prod: 1, min: 2, max: 3, deviations: 4 } as const;

/** [outer, inner] partial results of the fold of [outer, n, inner] elements of `bytes` bytes. */
function fold(
  w: Run,
  kernel: "f32_fold" | "f64_fold" | "i32_fold" | "u32_fold",
  code: number,
  src: number,
  { outer, n, inner }: Box,
  centre = 0,
): number {
  const isFloat = kernel === "f32_fold" || kernel === "f64_fold";
  const bytes = kernel === "f64_fold" ? 8 : 4;
  const partialBytes = isFloat ? 8 : 4;
  const length = Math.max(1, Math.floor(chunkElements / inner));
  const ranges = Math.max(1, Math.ceil(n / length));
  const stride = n * inner * bytes;
  const step = inner * partialBytes;
  const partial = w.scratch(outer * ranges * step);
  const around = (o: number) => (isFloat ? [centre && centre + o * inner * 8] : []);
  if (ranges === 1) {
    const perCall = Math.max(1, Math.floor(chunkElements / Math.max(1, n * inner)));
    w.parallel(
      kernel,
      [...chunksOf(outer, perCall)].map(([o, count]) => [
        code,
        src + o * stride,
        partial + o * step,
        count,
        stride,
        n,
        inner,
        step,
        ...around(o),
      ]),
    );
    return partial;
  }
  const calls: number[][] = [];
  for (let o = 0; o < outer; o++) {
    for (let r = 0; r < ranges; r++) {
      const from = src + o * stride + r * length * inner * bytes;
      const rows = Math.min(length, n - r * length);
      calls.push([code, from, partial + (o * ranges + r) * step, 1, 0, rows, inner, 0, ...around(o)]);
    }
  }
  w.parallel(kernel, calls);
  const again = code === foldCodes.deviations ? foldCodes.sum : code;
  return fold(w, isFloat ? "f64_fold" : kernel, again, partial, { outer, n: ranges, inner });
}

/** Divides `size` doubles in place. */
function divide(w: Run, ptr: number, size: number, divisor: number): void {
  const scalar = w.scratch(8);
  const calls = nestCalls(w, [{ extent: size, strides: [1, 0] }], [8, 8]);
  const { buffer, byteOffset } = w.bytes(scalar, 8);
  new Float64Array(buffer, byteOffset, 1)[0] = divisor;
  w.parallel(
    "f64_binary",
    calls.map(({ nest, state, n, done }) => [3, nest, state, ptr + 8 * done, scalar, ptr + 8 * done, 0, 1, n, 1, 0]),
  );
}

export interface CpuReduction {
  readonly code: number;
  readonly layout: Layout;
  /** Of the sum: the count of a mean, the degrees of freedom of a variance. */
  readonly divisor?: number;
}

/** The source in the layout's order and in a dtype that has kernels. */
export function arranged(w: Run, src: WasmOperand, { order }: Layout): { ptr: number; dtype: DType } {
  const isStored = src.dtype === "f16" || src.dtype === "bf16";
  const dtype = isStored ? "f32" : src.dtype;
  const ptr = isStored ? widened(w, src) : src.ptr;
  if (!order) return { ptr, dtype };
  const ordered = w.scratch(src.size * (dtype === "f64" ? 8 : 4));
  moveOnCpu(w, dtype, ptr, ordered, order);
  return { ptr: ordered, dtype };
}

export function reduceOnCpu(w: Run, src: WasmOperand, dst: WasmOperand, { code, layout, divisor }: CpuReduction): void {
  if (dst.size === 0) return;
  const { ptr, dtype } = arranged(w, src, layout);
  if (dtype === "i32" || dtype === "u32") {
    const partial = fold(w, `${dtype}_fold`, code, ptr, layout);
    w.bytes(dst.ptr, 4 * dst.size).set(w.bytes(partial, 4 * dst.size));
    return;
  }
  const kernel = dtype === "f64" ? "f64_fold" : "f32_fold";
  let centre = 0;
  if (code === foldCodes.deviations) {
    centre = fold(w, kernel, foldCodes.sum, ptr, layout);
    divide(w, centre, dst.size, layout.n);
  }
  const result = fold(w, kernel, code, ptr, layout, centre);
  if (divisor !== undefined) divide(w, result, dst.size, divisor);
  castOnCpu(w, { ptr: result, dtype: "f64" }, dst, dst.size);
}
