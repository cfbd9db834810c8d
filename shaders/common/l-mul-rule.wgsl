// The rule of a product: what of the block drawn in assembly/common/l-mul-rule.ts differs from call to call, and the
// constants of the variant.
struct Rule {
  offset: u32, dropped: u32, overflow: u32,
  // Formats that attention weights and finished sums are rounded to.
  weights: u32, result: u32,
  // A struct in a uniform begins and ends on 16 bytes.
  padding0: u32, padding1: u32, padding2: u32,
}

const FLAGS: u32 = 1u;
const TABLE_BITS: u32 = 0u;
// Format that a sum is rounded to after every addition.
const STEP: u32 = 0u;
// The 8-bit format of native products: mantissa bits, NaN, largest finite magnitude, infinity (or that again).
const NATIVE_MANTISSA: u32 = 3u;
const NATIVE_NAN: u32 = 0x7fu;
const NATIVE_MAX: u32 = 0x7eu;
const NATIVE_INFINITY: u32 = 0x7eu;

const SAFE: u32 = 1u;
const LINEAR: u32 = 2u;
const REDUCE: u32 = 4u;
const ROUND_OPERANDS: u32 = 8u;
const NATIVE: u32 = 16u;
const SATURATE: u32 = 32u;
const MULTIPLY: u32 = 64u;
// The derivative in place of the product.
const SLOPE: u32 = 128u;
