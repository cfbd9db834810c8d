// One element out of the 32-bit word that holds it; needs no f16 feature.
// Types: 0 f32, 1 f16, 2 bf16, 3 e4m3 (no infinities, 0x7f and 0xff are NaN), 4 e5m2 (the upper half of an f16).
fn per_word(kind: u32) -> u32 {
  return select(select(4u, 2u, kind < 3u), 1u, kind == 0u);
}

fn element(word: u32, index: u32, kind: u32) -> f32 {
  switch (kind) {
    case 0u: { return bitcast<f32>(word); }
    case 1u: { return unpack2x16float(word >> (index % 2u * 16u)).x; }
    case 2u: { return bitcast<f32>((word >> (index % 2u * 16u)) << 16u); }
    case 3u: { return e4m3((word >> (index % 4u * 8u)) & 0xffu); }
    default: { return unpack2x16float(((word >> (index % 4u * 8u)) & 0xffu) << 8u).x; }
  }
}

// (8 + m) 2^(e - 10), and m 2^-9 for the subnormals (e = 0); the power is built from its bits, since exp2 may be off.
fn e4m3(bits: u32) -> f32 {
  let magnitude = bits & 0x7fu;
  if (magnitude == 0x7fu) { return bitcast<f32>(0x7fc00000u | (bits << 24u)); }
  let exponent = magnitude >> 3u;
  let mantissa = (magnitude & 7u) + select(0u, 8u, exponent > 0u);
  let value = f32(mantissa) * bitcast<f32>((max(exponent, 1u) + 117u) << 23u);
  return select(value, -value, bits >= 0x80u);
}
