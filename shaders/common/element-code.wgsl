// Elements of the storage formats of round-to.wgsl in arrays of words.

// Which word holds element i.
fn word_of(i: u32, format: u32) -> u32 {
  return i >> select(select(2u, 1u, format <= 2u), 0u, format == 0u);
}

// Element i out of its word.
fn code_in(word: u32, i: u32, format: u32) -> u32 {
  if (format == 0u) { return word; }
  if (format <= 2u) { return (word >> (16u * (i & 1u))) & 0xffffu; }
  return (word >> (8u * (i & 3u))) & 0xffu;
}
