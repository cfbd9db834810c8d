/** f32 memory for kernels that compute in f32 whatever the storage: f16 and bf16 are widened before and narrowed after. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { RecurrenceKernels } from "../../generated/kernels/recurrence.js";
import type { WasmOperand } from "../define-op.js";
import { formatOf } from "../support/formats.js";

/** Address of an operand as f32: its own, or that of a widened copy. */
export function widened(w: WasmRun<RecurrenceKernels>, { ptr, dtype, size }: WasmOperand): number {
  if (dtype === "f32") return ptr;
  const wide = w.scratch(4 * size);
  w.kernels.widen(formatOf(dtype), ptr, wide, size);
  return wide;
}

/** Runs `write` into the operand, or into f32 memory that is narrowed into it. */
export function writeWide(w: WasmRun<RecurrenceKernels>, target: WasmOperand, write: (ptr: number) => void): void {
  if (target.dtype === "f32") {
    write(target.ptr);
    return;
  }
  const wide = w.scratch(4 * target.size);
  write(wide);
  w.kernels.narrow(formatOf(target.dtype), wide, target.ptr, target.size);
}
