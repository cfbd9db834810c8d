// Elements of every dtype as quads: four at a time. Buffers are arrays of 16-byte blocks, which hold one quad of a 4-byte
// format, two of a 2-byte and four of a 1-byte one. An element is first a code (its stored bits, zero-extended to a word) and
// then a number; everything is integer work, so that f16 and bf16 need no device feature and subnormals survive.
// Formats: 0 f16, 1 bf16, 2 e4m3, 3 e5m2, 4 i8, 5 u8, 6 i32, 7 u32, 8 f32. Arguments named `format` are constants.

fn format_bytes(format: u32) -> u32 {
  return select(select(4u, 1u, format < 6u), 2u, format < 2u);
}

// Quads per block.
fn format_quads(format: u32) -> u32 {
  return 4u / format_bytes(format);
}

// The codes of quad j of a block.
fn quad_codes(block: vec4u, j: u32, format: u32) -> vec4u {
  let bytes = format_bytes(format);
  if (bytes == 4u) { return block; }
  if (bytes == 2u) {
    let words = select(block.xy, block.zw, j == 1u);
    return vec4u(words.x & 0xffffu, words.x >> 16u, words.y & 0xffffu, words.y >> 16u);
  }
  return (vec4u(block[j]) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(0xffu);
}

// The block in which quad j has these codes and the others are zero.
fn quad_block(codes: vec4u, j: u32, format: u32) -> vec4u {
  let bytes = format_bytes(format);
  if (bytes == 4u) { return codes; }
  if (bytes == 2u) {
    let words = vec2u(codes.x | (codes.y << 16u), codes.z | (codes.w << 16u));
    return select(vec4u(0u, 0u, words), vec4u(words, 0u, 0u), j == 0u);
  }
  let word = codes.x | (codes.y << 8u) | (codes.z << 16u) | (codes.w << 24u);
  return select(vec4u(0u), vec4u(word), vec4u(0u, 1u, 2u, 3u) == vec4u(j));
}

// Codes of a small float: mantissa width m, exponent bias and sign position s.
fn small_to_float(codes: vec4u, s: u32, m: u32, bias: u32, infinity: u32) -> vec4f {
  let magnitude = codes & vec4u((1u << s) - 1u);
  let sign = (codes >> vec4u(s)) << vec4u(31u);
  let normal = (magnitude << vec4u(23u - m)) + vec4u((127u - bias) << 23u);
  // 2^(1 - bias - m), the value of one unit of a subnormal.
  let subnormal = bitcast<vec4u>(vec4f(magnitude) * bitcast<f32>((128u - bias - m) << 23u));
  let finite = select(normal, subnormal, magnitude < vec4u(1u << m));
  let special = vec4u(0x7f800000u) | (magnitude << vec4u(23u - m));
  return bitcast<vec4f>(select(finite, special, magnitude >= vec4u(infinity)) | sign);
}

fn float_to_small(x: vec4f, s: u32, m: u32, bias: u32, largest: u32, overflow: u32, nan: u32) -> vec4u {
  let bits = bitcast<vec4u>(x);
  let magnitude = bits & vec4u(0x7fffffffu);
  // A result below the smallest normal keeps fewer bits: the shift grows, the implicit one is put in by hand.
  let exponent = magnitude >> vec4u(23u);
  let lowest = 128u - bias;
  let deficit = min(vec4u(lowest) - min(exponent, vec4u(lowest)), vec4u(m + 2u));
  let significand = (magnitude & vec4u(0x7fffffu)) | select(vec4u(0x800000u), vec4u(0u), exponent == vec4u(0u));
  let shift = vec4u(23u - m) + deficit;
  let half = vec4u(1u) << (shift - vec4u(1u));
  let odd = (significand >> shift) & vec4u(1u);
  let units = (significand + half - vec4u(1u) + odd) >> shift;
  var code = ((max(exponent, vec4u(lowest)) - vec4u(lowest)) << vec4u(m)) + units;
  code = select(code, vec4u(overflow), code > vec4u(largest));
  code = select(code, vec4u(nan), magnitude > vec4u(0x7f800000u));
  return code | ((bits >> vec4u(31u)) << vec4u(s));
}

fn bf16_codes(x: vec4f) -> vec4u {
  let bits = bitcast<vec4u>(x);
  let rounded = (bits + vec4u(0x7fffu) + ((bits >> vec4u(16u)) & vec4u(1u))) >> vec4u(16u);
  let is_nan = (bits & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
  return select(rounded, ((bits >> vec4u(16u)) & vec4u(0x8000u)) | vec4u(0x7fc0u), is_nan);
}

// Codes to f32; integers to the nearest.
fn quad_floats(codes: vec4u, format: u32) -> vec4f {
  if (format == 0u) { return small_to_float(codes, 15u, 10u, 15u, 0x7c00u); }
  if (format == 1u) { return bitcast<vec4f>(codes << vec4u(16u)); }
  if (format == 2u) { return small_to_float(codes, 7u, 3u, 7u, 0x7fu); }
  if (format == 3u) { return small_to_float(codes, 7u, 2u, 15u, 0x7cu); }
  if (format == 4u) { return vec4f(bitcast<vec4i>(codes << vec4u(24u)) >> vec4u(24u)); }
  if (format == 5u) { return vec4f(codes); }
  // Two exact halves and one rounding: the direct conversion may round either way.
  let low = vec4f(codes & vec4u(0xffffu));
  if (format == 6u) { return fma(vec4f(bitcast<vec4i>(codes) >> vec4u(16u)), vec4f(65536.0), low); }
  if (format == 7u) { return fma(vec4f(codes >> vec4u(16u)), vec4f(65536.0), low); }
  return bitcast<vec4f>(codes);
}

// f32 to codes of a float format: one rounding, ties to even, overflow to infinity (e4m3: NaN).
fn float_codes(x: vec4f, format: u32) -> vec4u {
  if (format == 0u) { return float_to_small(x, 15u, 10u, 15u, 0x7bffu, 0x7c00u, 0x7e00u); }
  if (format == 1u) { return bf16_codes(x); }
  if (format == 2u) { return float_to_small(x, 7u, 3u, 7u, 0x7eu, 0x7fu, 0x7fu); }
  if (format == 3u) { return float_to_small(x, 7u, 2u, 15u, 0x7bu, 0x7cu, 0x7eu); }
  return bitcast<vec4u>(x);
}
