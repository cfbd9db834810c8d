// Quads of elements of the operands of a recurrence. Rows of a chunk from `rows_here` on count as 0.

// Rows of every operand are whole quads.
const QUADS: bool = true;

var<private> rows_here: u32;

// Elements in the 16 bytes of a block.
fn per_block(format: u32) -> u32 {
  return select(8u, 4u, format == 8u);
}

// The quad at `at`, a multiple of 4, of the block that holds it. unpack2x16float may flush subnormals of f16, which no sum here
// can tell, and is far cheaper than the exact codec.
fn quad_in(block: vec4u, at: u32, format: u32) -> vec4f {
  if (format == 8u) { return bitcast<vec4f>(block); }
  let words = select(block.xy, block.zw, at % 8u >= 4u);
  if (format == 0u) { return vec4f(unpack2x16float(words.x), unpack2x16float(words.y)); }
  return bitcast<vec4f>(vec4u(words.x << 16u, words.x & 0xffff0000u, words.y << 16u, words.y & 0xffff0000u));
}
