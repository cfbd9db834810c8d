/** The CPU side of functions of one number: native kernels for f32, i32 and u32, blocks through f32 for the 16-bit floats. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { WasmOperand } from "../../engine/operation.js";
import type { CoreKernels } from "../../generated/kernels/core.js";
import { sizeOf } from "../../tensor/dtype.js";
import { chunksOf } from "../support/chunks.js";
import { formatOf } from "../support/formats.js";
import type { UnaryRow } from "./unary-table.js";

/** What the kernel needs for one block of a stored format (assembly/elementwise/stored.ts). */
export const storedScratchBytes = 8448;

interface UnaryCall {
  readonly row: Pick<UnaryRow, "code" | "f64">;
  readonly p: number;
  /** Second parameter, of clamp. */
  readonly q?: number;
}

export function runUnary(
  w: WasmRun<CoreKernels>,
  src: WasmOperand,
  dst: WasmOperand,
  { row, p, q = 0 }: UnaryCall,
): void {
  const { dtype, size } = src;
  if (dtype === "f64") {
    const x = doubles(w, src);
    const y = doubles(w, dst);
    for (let i = 0; i < size; i++) y[i] = row.f64(x[i] as number, p);
    return;
  }
  const bytes = sizeOf(dtype);
  const chunks = [...chunksOf(size)].map(
    ([start, n]) => [src.ptr + start * bytes, dst.ptr + start * bytes, n] as const,
  );
  if (dtype === "f16" || dtype === "bf16") {
    const scratch = w.scratch(storedScratchBytes * chunks.length);
    w.parallel(
      "stored_unary",
      chunks.map((chunk, i) => [formatOf(dtype), row.code, ...chunk, p, q, scratch + i * storedScratchBytes]),
    );
    return;
  }
  const kernel = dtype === "i32" ? "i32_unary" : dtype === "u32" ? "u32_unary" : "f32_unary";
  w.parallel(
    kernel,
    chunks.map((chunk) => [row.code, ...chunk, p, q]),
  );
}

/** A view of an f64 operand; dies with the next allocation. */
export function doubles(w: WasmRun<CoreKernels>, { ptr, size }: WasmOperand): Float64Array {
  const { buffer, byteOffset } = w.bytes(ptr, size * 8);
  return new Float64Array(buffer, byteOffset, size);
}
