/** Float formats seen as integers: L-Mul adds the magnitudes, so every rule below is about codes, never about values. */
import { type FloatFormat, floatFormats, type SmallFloat } from "../../tensor/codecs.js";

export const operandDTypes = ["f32", "bf16", "f16", "e4m3", "e5m2"] as const;
export type OperandDType = (typeof operandDTypes)[number];

/** Binary32 in the terms of the small formats; products of the container path live here. */
export const f32Format: FloatFormat = {
  bits: 32,
  mantissaBits: 23,
  bias: 127,
  maxFinite: 0x7f7fffff,
  infinity: 0x7f800000,
  nan: 0x7fc00000,
};

export function formatOf(dtype: OperandDType): FloatFormat {
  return dtype === "f32" ? f32Format : floatFormats[dtype satisfies SmallFloat];
}

export function isOperandDType(dtype: string): dtype is OperandDType {
  return (operandDTypes as readonly string[]).includes(dtype);
}

/** What overflow becomes: infinity, NaN where there is none, or the largest finite value. */
export function overflowCode(format: FloatFormat, saturate: boolean): number {
  return saturate ? format.maxFinite : (format.infinity ?? format.nan);
}
