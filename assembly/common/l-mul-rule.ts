// The rule of an L-Mul product as a block of words that the host writes once per call (src/systems/l-mul/rule-block.ts).
//
//   byte 0   offset      |r| = |a| + |b| - offset
//        4   flags       see below
//        8   dropped     low mantissa bits of the operands to drop
//       12   overflow    magnitude that an overflowing product becomes
//       16   table bits  leading mantissa bits that choose a correction; 0: none
//       20   step        format that a sum is rounded to after every addition, see round-to.ts; 0: none
//       24   native mantissa bits    28 native NaN magnitude      32 largest finite magnitude     36 infinity (or NaN)
//       40   weights     format that attention weights are rounded to
//       44   result      format that a finished sum is rounded to
//       64   corrections, u32[4 ^ table bits]

export const OFFSET: usize = 0;
export const FLAGS: usize = 4;
export const DROPPED: usize = 8;
export const OVERFLOW: usize = 12;
export const TABLE_BITS: usize = 16;
export const STEP: usize = 20;
export const NATIVE_MANTISSA: usize = 24;
export const NATIVE_NAN: usize = 28;
export const NATIVE_MAX: usize = 32;
export const NATIVE_INFINITY: usize = 36;
export const WEIGHTS: usize = 40;
export const RESULT: usize = 44;
export const CORRECTIONS: usize = 64;

export const SAFE: i32 = 1;
export const LINEAR: i32 = 2;
export const REDUCE: i32 = 4;
export const ROUND_OPERANDS: i32 = 8;
/** Operands are 8-bit codes, one per 32-bit lane, and so are the products before they are decoded. */
export const NATIVE: i32 = 16;
/** Sums and weights saturate when they are rounded to a format. */
export const SATURATE: i32 = 32;
/** Ordinary multiplication: the baseline that L-Mul is compared with. */
export const MULTIPLY: i32 = 64;

/** Flags under which a product is the bare sum of two words whenever the exponents stay in range. */
// @ts-ignore: decorator
@inline
export function isPlain(rule: usize): bool {
  return !(load<i32>(rule, FLAGS) & (LINEAR | NATIVE | MULTIPLY)) && load<i32>(rule, TABLE_BITS) == 0 && load<i32>(rule, STEP) == 0;
}
