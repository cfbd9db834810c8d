// One element out of the 32-bit word that holds it, by the formats of common/quad.wgsl.
//!include common/quad.wgsl

fn per_word(format: u32) -> u32 {
  return 4u / format_bytes(format);
}

fn element(word: u32, index: u32, format: u32) -> f32 {
  let width = 8u * format_bytes(format);
  let shift = index % per_word(format) * width;
  let code = select((word >> (shift % 32u)) & ((1u << (width % 32u)) - 1u), word, width == 32u);
  return quad_floats(vec4u(code), format).x;
}
