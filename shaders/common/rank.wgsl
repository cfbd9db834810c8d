// Words in the order of the values they stand for, so that comparing is integer work and a NaN beats every number.

// FORMAT (8 f32, 6 i32, 7 u32) is the includer's; greater words are greater values, or lesser ones when `least`.
fn rank_of(bits: u32, least: bool) -> u32 {
  var rank = bits;
  if (FORMAT == 6u) { rank = bits ^ 0x80000000u; }
  if (FORMAT == 8u) {
    if ((bits & 0x7fffffffu) > 0x7f800000u) { return 0xffffffffu; }
    // Both zeros are one.
    let value = select(bits, 0u, bits == 0x80000000u);
    rank = value ^ select(0x80000000u, 0xffffffffu, (value & 0x80000000u) != 0u);
  }
  return select(rank, ~rank, least);
}

fn value_of(ranked: u32, least: bool) -> u32 {
  let rank = select(ranked, ~ranked, least);
  if (FORMAT == 6u) { return rank ^ 0x80000000u; }
  if (FORMAT == 7u) { return rank; }
  if (ranked == 0xffffffffu) { return 0x7fc00000u; }
  return rank ^ select(0xffffffffu, 0x80000000u, (rank & 0x80000000u) != 0u);
}
