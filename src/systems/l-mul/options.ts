/** What a caller may choose about an L-Mul product, and its defaults. */
import type { TableBits } from "./correction-table.js";

export interface LMulOptions {
  /**
   * Mantissa bits of the operands that take part, 1..23. Default: all that the dtype stores (the smaller of the two
   * when they differ). More than are stored changes nothing.
   */
  k?: number;
  /**
   * The constant in place of the mantissa product is 2^-l. Default by k: l = k up to 3, 3 for 4, else 4; and 4 where
   * operands are rounded (`mantissa: "rne"`), because the rule for k holds for truncated operands only.
   */
  l?: number;
  /** The constant itself, in [0, 1), in place of l; 0 is Mitchell's logarithmic product (1962). */
  offset?: number;
  /** Corrections looked up by that many leading bits of each mantissa, in place of a constant (beyond the paper). */
  table?: TableBits;
  /** How operands come down to k bits: truncation, as in the paper, or rounding to nearest even. */
  mantissa?: "trunc" | "rne";
  /** "carry" is the integer addition; "linear" is the paper's Eq. 1 read literally, 1 + x + y + 2^-l, rounded once. */
  form?: "carry" | "linear";
  /**
   * "safe" (default): zeros, subnormals, overflow, infinities and NaN come out as a multiplication would have them,
   * except that subnormal operands and results are zero. "raw": the bare integer addition, in which 0 * 0 = 4.25;
   * `rawZeros(engine)` counts the operands that this makes nonsense of.
   */
  special?: "raw" | "safe";
  /** Overflow becomes the largest finite value. Default: true where results are fp8, false otherwise. */
  saturate?: boolean;
  /** 8-bit operands: widened to f32 before the product ("container", default), or added as 7-bit magnitudes. */
  fp8Path?: "container" | "native8";
}

/** How a sum of products is kept: "-step" rounds after every addition, "-out" once at the end. bf16 rounds every step. */
export const accumulateModes = ["f32", "bf16", "e4m3-step", "e4m3-out", "e5m2-step", "e5m2-out"] as const;
export type Accumulate = (typeof accumulateModes)[number];

export interface LMulSumOptions extends LMulOptions {
  /**
   * Default f32. The step modes add in ascending k and fix the result bit for bit; fp8 accumulators saturate unless
   * `saturate` is false.
   */
  accumulate?: Accumulate;
}
