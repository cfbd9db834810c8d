// What recurrence-scalar-gates.wgsl and recurrence-vector-gates.wgsl make of the gates of a segment, and how it is read: products
// of decays within a chunk, never divided by one another, so that a decay of 0 (a hard reset) and a negative one are exact.
const VECTOR: bool = false;
// A row reads the state before it is decayed and written.
const EXCLUSIVE: bool = false;
// Rows of a block: the unit of products where every channel has its own decay.
const BLOCK: u32 = 16;

// Scalar gates: one vector per row, [chunk][head][row].
//   x, y  sum of ln|a| over the decays other than 0, from the first row of the chunk on: x of multiples of 1/8, which is exact,
//         y of the rest, so that differences keep their digits behind any number of strong decays
//   z     2 (number of decays that are 0) + (parity of the number of negative ones)
//   w     product of decays from the next row to the last
// Then, for every chunk and head, in x the product over all rows less 1, which keeps the digits of a slow decay.
fn scalar_at(chunk: u32, head: u32, row: u32) -> u32 {
  return (chunk * params.heads + head) * params.chunk + min(row, params.chunk - 1u);
}

// The sums of four rows, or one four times.
struct Sums {
  high: vec4f,
  low: vec4f,
  code: vec4u,
}

fn sums_at(chunk: u32, head: u32, row: u32) -> Sums {
  let decay = decays[scalar_at(chunk, head, row)];
  return Sums(vec4f(decay.x), vec4f(decay.y), vec4u(u32(decay.z)));
}

fn sums_of(chunk: u32, head: u32, rows: vec4u) -> Sums {
  var sums: Sums;
  for (var i = 0u; i < 4u; i += 1u) {
    let decay = decays[scalar_at(chunk, head, rows[i])];
    sums.high[i] = decay.x;
    sums.low[i] = decay.y;
    sums.code[i] = u32(decay.z);
  }
  return sums;
}

// Products of the decays after an earlier row up to a later one; 0 where one of them is 0.
fn kept(later: Sums, earlier: Sums) -> vec4f {
  let size = exp4((later.high - earlier.high) + (later.low - earlier.low));
  let whole = select(vec4f(), size, later.code / 2u == earlier.code / 2u);
  return select(whole, -whole, (later.code + earlier.code) % 2u == vec4u(1u));
}

// Vector gates: sections of quads of channels. The first three are [row of the segment][head][quad]: the decay; the product
// from the first row of its block to this one (EXCLUSIVE: to the one before); from the next row to the last of its block.
// Then the products over blocks, less 1: [block of the segment][head][quad]; and those over chunks, [chunk][head][quad].
fn section() -> u32 {
  return params.chunks * params.chunk * params.heads * key_quads();
}

fn vector_at(chunk: u32, head: u32, row: u32, quad: u32) -> u32 {
  return ((chunk * params.chunk + min(row, params.chunk - 1u)) * params.heads + head) * key_quads() + quad;
}

fn decay_at(chunk: u32, head: u32, row: u32, quad: u32) -> vec4f {
  return decays[vector_at(chunk, head, row, quad)];
}

fn from_block_start(chunk: u32, head: u32, row: u32, quad: u32) -> vec4f {
  return decays[section() + vector_at(chunk, head, row, quad)];
}

fn to_block_end(chunk: u32, head: u32, row: u32, quad: u32) -> vec4f {
  return decays[2u * section() + vector_at(chunk, head, row, quad)];
}

fn block_at(chunk: u32, head: u32, block: u32, quad: u32) -> u32 {
  return 3u * section() + ((chunk * (params.chunk / BLOCK) + block) * params.heads + head) * key_quads() + quad;
}

fn over_block(chunk: u32, head: u32, block: u32, quad: u32) -> vec4f {
  return vec4f(1.0) + decays[block_at(chunk, head, block, quad)];
}

fn carry_at(chunk: u32, head: u32, quad: u32) -> u32 {
  if (!VECTOR) { return params.chunks * params.heads * params.chunk + chunk * params.heads + head; }
  return 3u * section() + section() / BLOCK + (chunk * params.heads + head) * key_quads() + quad;
}

// What a row sees of the state before its chunk.
fn from_start(chunk: u32, head: u32, row: u32, quad: u32) -> vec4f {
  if (!VECTOR) { return kept(sums_at(chunk, head, row), Sums()); }
  var product = from_block_start(chunk, head, row, quad);
  for (var block = 0u; block < row / BLOCK; block += 1u) { product *= over_block(chunk, head, block, quad); }
  return product;
}

// What is left of a row at the end of its chunk.
fn to_end(chunk: u32, head: u32, row: u32, quad: u32) -> vec4f {
  if (!VECTOR) { return vec4f(decays[scalar_at(chunk, head, row)].w); }
  var product = to_block_end(chunk, head, row, quad);
  for (var block = row / BLOCK + 1u; block < params.chunk / BLOCK; block += 1u) {
    product *= over_block(chunk, head, block, quad);
  }
  return product;
}
