// L-Mul on bit patterns. The including file declares `params` with a member `rule: Rule`. Only a finished product may be
// bitcast to f32.

// The table of corrections, baked into the variant: there are few, and a uniform has no room for one.
alias Corrections = array<u32, 1>;
const CORRECTIONS: Corrections = Corrections(0u);

// The operand with its low mantissa bits dropped; infinities and NaN pass.
fn lmul_operand(code: u32) -> u32 {
  let rule = params.rule;
  if ((FLAGS & REDUCE) == 0u) { return code; }
  let is_native = (FLAGS & NATIVE) != 0u;
  let mask = select(0x7fffffffu, 0x7fu, is_native);
  let magnitude = code & mask;
  if (magnitude > select(0x7f7fffffu, NATIVE_MAX, is_native)) { return code; }
  let rounded = magnitude + (1u << (rule.dropped - 1u)) - 1u + ((magnitude >> rule.dropped) & 1u);
  var kept = (select(magnitude, rounded, (FLAGS & ROUND_OPERANDS) != 0u) >> rule.dropped) << rule.dropped;
  if (is_native && kept > NATIVE_INFINITY) { kept = rule.overflow; }
  return (code & ~mask) | kept;
}

fn lmul_offset(x: u32, y: u32, mantissa: u32) -> u32 {
  if (TABLE_BITS == 0u) { return params.rule.offset; }
  let shift = mantissa - TABLE_BITS;
  let mask = (1u << TABLE_BITS) - 1u;
  let index = (((x >> shift) & mask) << TABLE_BITS) | ((y >> shift) & mask);
  return params.rule.offset - CORRECTIONS[index];
}

// |a| + |b| - offset modulo 2^32, with the correction of Eq. 1 where the linear form asks for it.
fn lmul_sum(x: u32, y: u32, mantissa: u32, bias: u32) -> u32 {
  let offset = lmul_offset(x, y, mantissa);
  let sum = x + y - offset;
  if ((FLAGS & LINEAR) == 0u) { return sum; }
  let one = 1u << mantissa;
  let s = (x & (one - 1u)) + (y & (one - 1u)) + (bias << mantissa) - offset;
  if (s < one) { return sum; }
  let half = (one + s) >> 1u;
  return sum - s + half + ((one + s) & half & 1u);
}

// The product of f32 patterns that lmul_operand has seen.
fn lmul_container(a: u32, b: u32) -> u32 {
  let rule = params.rule;
  let x = a & 0x7fffffffu;
  let y = b & 0x7fffffffu;
  let sign = (a ^ b) & 0x80000000u;
  let r = lmul_sum(x, y, 23u, 127u);
  if ((FLAGS & SAFE) == 0u) { return sign | (r & 0x7fffffffu); }
  let nonzero = x >= 0x800000u && y >= 0x800000u;
  if (x > 0x7f800000u || y > 0x7f800000u) { return 0x7fc00000u; }
  if (x == 0x7f800000u || y == 0x7f800000u) { return select(0x7fc00000u, sign | 0x7f800000u, nonzero); }
  // Of normal operands, r - 2^23 wraps into normal numbers, overflow, and above that what was negative.
  let above = r - 0x800000u;
  if (!nonzero || above >= 0xbf800000u) { return sign; }
  return sign | select(rule.overflow, r, above < 0x7f000000u);
}

// The product of 8-bit codes that lmul_operand has seen.
fn lmul_native(a: u32, b: u32) -> u32 {
  let rule = params.rule;
  let x = a & 0x7fu;
  let y = b & 0x7fu;
  let sign = (a ^ b) & 0x80u;
  let r = lmul_sum(x, y, NATIVE_MANTISSA, (1u << (6u - NATIVE_MANTISSA)) - 1u);
  if ((FLAGS & SAFE) == 0u) { return sign | (r & 0x7fu); }
  let normal = 1u << NATIVE_MANTISSA;
  let nonzero = x >= normal && y >= normal;
  if (x > NATIVE_INFINITY || y > NATIVE_INFINITY) { return NATIVE_NAN; }
  if (NATIVE_INFINITY != NATIVE_MAX && (x == NATIVE_INFINITY || y == NATIVE_INFINITY)) {
    return select(NATIVE_NAN, sign | NATIVE_INFINITY, nonzero);
  }
  if (!nonzero || bitcast<i32>(r) < i32(normal)) { return sign; }
  return sign | select(r, rule.overflow, r > NATIVE_MAX);
}

// An operand as it is stored, or its f32 pattern where products are made in f32, reduced as the rule says.
fn lmul_load(code: u32, format: u32) -> u32 {
  if (format == 0u || (FLAGS & NATIVE) != 0u) { return lmul_operand(code); }
  return lmul_operand(decode_code(code, format));
}

// One product as an f32 pattern: of f32 patterns, or of 8-bit codes.
fn lmul_value(a: u32, b: u32) -> u32 {
  if ((FLAGS & MULTIPLY) != 0u) { return bitcast<u32>(bitcast<f32>(a) * bitcast<f32>(b)); }
  if ((FLAGS & NATIVE) != 0u) { return decode_code(lmul_native(a, b), select(4u, 3u, NATIVE_MANTISSA == 3u)); }
  return lmul_container(a, b);
}
