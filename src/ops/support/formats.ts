/** The numbers that kernels and shaders know the dtypes by (assembly/cast/widen.ts, shaders/common/quad.wgsl). */
import { DTypeError } from "../../backends/contract.js";
import type { DType } from "../../tensor/dtype.js";

const formats: Record<DType, number> = {
  f16: 0,
  bf16: 1,
  e4m3: 2,
  e5m2: 3,
  i8: 4,
  u8: 5,
  i32: 6,
  u32: 7,
  f32: 8,
  f64: 9,
};

export function formatOf(dtype: DType): number {
  return formats[dtype];
}

/** What arithmetic takes: natively, or widened to f32 for the two 16-bit floats. */
export const arithmeticDTypes: readonly DType[] = ["f32", "f16", "bf16", "f64", "i32", "u32"];
export const realDTypes: readonly DType[] = ["f32", "f16", "bf16", "f64"];
/** Floats with an f32 kernel: all but f64. */
export const singleDTypes: readonly DType[] = ["f32", "f16", "bf16"];

/** @throws DTypeError that names what is allowed; 8-bit dtypes are only stored, so the way out is a cast. */
export function checkDType(op: string, argument: string, dtype: DType, allowed: readonly DType[]): void {
  if (allowed.includes(dtype)) return;
  throw new DTypeError(op, argument, { expected: `one of ${allowed.join(", ")} (use cast)`, actual: dtype });
}

/** @throws DTypeError unless the dtypes are equal: nothing is promoted silently. */
export function checkSameDType(op: string, argument: string, dtype: DType, first: string, expected: DType): void {
  if (dtype === expected) return;
  throw new DTypeError(op, argument, { expected: `${expected}, that of ${first} (use cast)`, actual: dtype });
}
