// The rule of a product: the header of the block drawn in assembly/common/l-mul-rule.ts.
struct Rule {
  offset: u32, flags: u32, dropped: u32, overflow: u32,
  table_bits: u32, step: u32, native_mantissa: u32, native_nan: u32,
  native_max: u32, native_infinity: u32, weights: u32, result: u32,
}

const SAFE: u32 = 1u;
const LINEAR: u32 = 2u;
const REDUCE: u32 = 4u;
const ROUND_OPERANDS: u32 = 8u;
const NATIVE: u32 = 16u;
const SATURATE: u32 = 32u;
const MULTIPLY: u32 = 64u;
