// Codes of the small float formats, and f32 patterns rounded to their values. Integers throughout: WGSL may flush
// subnormals and assume that NaN and infinities do not occur, integers are exact everywhere.
//
//   format  1 bf16   2 f16   3 e4m3   4 e5m2   (0: f32)

fn format_mantissa(format: u32) -> u32 {
  return select(select(select(2u, 3u, format == 3u), 10u, format == 2u), 7u, format == 1u);
}

// Biased f32 exponent of the smallest normal value.
fn format_smallest(format: u32) -> u32 {
  return select(select(113u, 121u, format == 3u), 1u, format == 1u);
}

// f32 pattern of the largest finite value.
fn format_largest(format: u32) -> u32 {
  return select(select(select(0x47600000u, 0x43e00000u, format == 3u), 0x477fe000u, format == 2u), 0x7f7f0000u, format == 1u);
}

// value >> shift, to nearest, ties to even; 0 <= shift < 32.
fn shift_rounded(value: u32, shift: u32) -> u32 {
  if (shift == 0u) { return value; }
  return (value + (1u << (shift - 1u)) - 1u + ((value >> shift) & 1u)) >> shift;
}

// The nearest value of the format. Overflow and infinity: the largest value, or else infinity (E4M3: NaN).
fn round_bits(bits: u32, format: u32, saturates: bool) -> u32 {
  if (format == 0u) { return bits; }
  let magnitude = bits & 0x7fffffffu;
  let sign = bits & 0x80000000u;
  if (magnitude > 0x7f800000u) { return sign | 0x7fc00000u; }
  let dropped = 23u - format_mantissa(format);
  let smallest = format_smallest(format);
  let exponent = magnitude >> 23u;
  var result = shift_rounded(magnitude, dropped) << dropped;
  if (exponent < smallest && format != 1u) {
    // Below the normal range the step is constant: count the steps and let the float conversion place them.
    let significand = (magnitude & 0x7fffffu) | select(0x800000u, 0u, exponent == 0u);
    let steps = shift_rounded(significand, min(dropped + smallest - max(exponent, 1u), 25u));
    result = bitcast<u32>(f32(steps) * bitcast<f32>((smallest - format_mantissa(format)) << 23u));
  }
  let largest = format_largest(format);
  if (result > largest) { result = select(select(0x7f800000u, 0x7fc00000u, format == 3u), largest, saturates); }
  return sign | result;
}

// f32 pattern of a code; a NaN keeps its sign only.
fn decode_code(code: u32, format: u32) -> u32 {
  let sign_bit = select(7u, 15u, format <= 2u);
  let mantissa = format_mantissa(format);
  let sign = (code >> sign_bit) << 31u;
  let magnitude = code & ((1u << sign_bit) - 1u);
  let infinity = ((1u << (sign_bit - mantissa)) - 1u) << mantissa;
  if (select(magnitude > infinity, magnitude == 0x7fu, format == 3u)) { return sign | 0x7fc00000u; }
  if (magnitude == infinity && format != 3u) { return sign | 0x7f800000u; }
  let placed = magnitude << (23u - mantissa);
  if (format == 1u) { return sign | placed; }
  let smallest = format_smallest(format);
  if (magnitude >= (1u << mantissa)) { return sign | (placed + ((smallest - 1u) << 23u)); }
  return sign | bitcast<u32>(f32(magnitude) * bitcast<f32>((smallest - mantissa) << 23u));
}

// The code of a pattern that round_bits returned; NaN -> 0x7f or 0x7e, unsigned. 8-bit formats only.
fn encode_bits(bits: u32, format: u32) -> u32 {
  let magnitude = bits & 0x7fffffffu;
  let sign = (bits >> 24u) & 0x80u;
  if (magnitude > 0x7f800000u) { return select(0x7eu, 0x7fu, format == 3u); }
  if (magnitude == 0x7f800000u) { return sign | 0x7cu; }
  let mantissa = format_mantissa(format);
  let smallest = format_smallest(format);
  let exponent = magnitude >> 23u;
  if (exponent >= smallest) { return sign | ((magnitude - ((smallest - 1u) << 23u)) >> (23u - mantissa)); }
  if (exponent == 0u) { return sign; }
  return sign | (((magnitude & 0x7fffffu) | 0x800000u) >> (23u - mantissa + smallest - exponent));
}
