// Operands that broadcast to the result. Params carries `rank` loops, innermost first: extent and the strides (in elements) of up
// to three operands. How an operand walks is a constant: 0 like the result, 1 it is one element, 2 by the loops.

struct Params {
  group_base: u32,
  group_count: u32,
  // Invocations with something to do.
  count: u32,
  rank: u32,
  dims: array<vec4u, 8>,
}

@group(0) @binding(0) var<uniform> params: Params;

// The inner extent is a multiple of 4: a quad lies in one row.
const ALIGNED: bool = false;

// Offsets of the operands for element e of the result.
fn operand_offsets(e: u32) -> vec3u {
  var rest = e;
  var offsets = vec3u(0u);
  for (var d = 0u; d < params.rank; d++) {
    let loop_d = params.dims[d];
    let at = rest % loop_d.x;
    rest /= loop_d.x;
    offsets += at * loop_d.yzw;
  }
  return offsets;
}

// Where an element lies: block, and word and bits within it.
struct Place { block: u32, word: u32, shift: u32 }

fn place_of(e: u32, format: u32) -> Place {
  let bytes = format_bytes(format);
  let at = e * bytes;
  return Place(e / (16u / bytes), (at >> 2u) & 3u, (at & 3u) << 3u);
}

fn code_from(word: u32, shift: u32, format: u32) -> u32 {
  let bytes = format_bytes(format);
  if (bytes == 4u) { return word; }
  return (word >> shift) & select(0xffu, 0xffffu, bytes == 2u);
}
