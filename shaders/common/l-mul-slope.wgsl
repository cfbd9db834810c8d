// dL(x, y)/dx as an f32 pattern, for operands that lmul_operand has seen: see assembly/common/l-mul-slope.ts.
fn lmul_slope(x: u32, y: u32) -> u32 {
  let p = x & 0x7fffffffu;
  let q = y & 0x7fffffffu;
  if (p > 0x7f800000u || q > 0x7f800000u) { return 0x7fc00000u; }
  let sign = y & 0x80000000u;
  let exponent = q >> 23u;
  if (exponent == 0u) { return sign; }
  if ((FLAGS & LINEAR) != 0u) { return sign | (exponent << 23u); }
  let s = (p & 0x7fffffu) + (q & 0x7fffffu) + 0x3f800000u - lmul_offset(p, q, 23u);
  return sign | (min(exponent + (s >> 23u), 255u) << 23u);
}
