/** Stored operands as the f32 patterns, or 8-bit codes in 32-bit words, that the kernels add. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { WasmOperand } from "../../engine/operation.js";
import type { LMulKernels } from "../../generated/kernels/l-mul.js";
import type { OperandDType } from "./format.js";
import { formatCode } from "./rule-block.js";

/** Elements that one thread widens at a time. */
const CHUNK = 1 << 16;

/** Address of the operand as 32-bit words: its own when it is f32, else scratch memory of the call. */
export function widened(w: WasmRun<LMulKernels>, { ptr, dtype, size }: WasmOperand, keepsCodes: boolean): number {
  if (dtype === "f32") return ptr;
  const wide = w.scratch(size * 4);
  const bytes = dtype === "f16" || dtype === "bf16" ? 2 : 1;
  const calls: number[][] = [];
  for (let at = 0; at < size; at += CHUNK) {
    const n = Math.min(CHUNK, size - at);
    calls.push([ptr + at * bytes, wide + at * 4, n, formatCode[dtype as OperandDType], keepsCodes ? 1 : 0]);
  }
  w.parallel("lmul_widen", calls);
  return wide;
}
