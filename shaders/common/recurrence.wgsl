// What the recurrence shaders share: S_t = a_t S_(t-1) + k_t v_t over chunks of rows that are worked on in parallel
// (Qin et al. 2024; Yang et al. 2024). A call may be cut into segments, contiguous in the list of all chunks of all sequences,
// so that the states of a segment fit a buffer whatever the number of rows.
//!include common/quad.wgsl
//!include common/math.wgsl
//!include common/recurrence-operand.wgsl

struct Params {
  group_base: u32,
  group_count: u32,
  sequences: u32,
  // rows of every sequence, unless they are packed
  length: u32,
  // rows of a chunk
  chunk: u32,
  // this segment: its chunks, and the sequences that begin, go on or end in it
  first_chunk: u32,
  chunks: u32,
  first_sequence: u32,
  // value heads
  heads: u32,
  // channels of q and k, and of v
  keys: u32,
  values: u32,
  scale: f32,
  x: Operand,
  y: Operand,
  z: Operand,
  result: Operand,
  // this segment among all, for the states that go from one to the next
  segment: u32,
  // elements from one channel of k, and of v, to the next in the caller's states
  key_step: u32,
  value_step: u32,
  // value heads per head of q and k
  share: u32,
  // common/recurrence-operand.wgsl
  flags: u32,
}

// What is made belongs to the earlier one of two rows, and states are gradients that come from the end.
const REVERSED: bool = false;

struct Chunk {
  // in the segment
  index: u32,
  sequence: u32,
  batch: u32,
  // row of the operands that is row 0 here
  first: u32,
  rows: u32,
  // place among the states of the segment, where a sequence has one more than it has chunks
  slot: u32,
}

fn chunks_of(rows: u32) -> u32 {
  return (rows + params.chunk - 1u) / params.chunk;
}

// First row and first chunk of a sequence. For packed ones `table` holds them, and then the ends.
fn sequence_start(sequence: u32) -> vec2u {
  if (is_packed()) { return table[sequence]; }
  return vec2u(sequence * params.length, sequence * chunks_of(params.length));
}

fn sequence_of(chunk: u32) -> u32 {
  if (!is_packed()) { return chunk / chunks_of(params.length); }
  var low = 0u;
  var high = params.sequences;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (table[middle].y <= chunk) { low = middle; } else { high = middle; }
  }
  return low;
}

fn chunk_of(index: u32) -> Chunk {
  let chunk = params.first_chunk + index;
  let sequence = sequence_of(chunk);
  let start = sequence_start(sequence);
  let length = sequence_start(sequence + 1u).x - start.x;
  let before = (chunk - start.y) * params.chunk;
  let rows = min(params.chunk, length - before);
  let batch = select(sequence, 0u, is_packed());
  let origin = select(0u, start.x, is_packed());
  let first = origin + select(before, length - 1u - before, is_backwards());
  return Chunk(index, sequence, batch, first, rows, index + sequence - params.first_sequence);
}

// Element of the first row of a head.
fn start_of(at: Operand, chunk: Chunk, head: u32) -> u32 {
  return chunk.batch * at.batch + head / at.share * at.head + chunk.first * at.row;
}

// Quads of a row of q, k and of a state.
fn key_quads() -> u32 {
  return (params.keys + 3u) / 4u;
}

fn value_quads() -> u32 {
  return (params.values + 3u) / 4u;
}

// The state at a slot: [channel of k][quad of v].
fn state_start(slot: u32, head: u32) -> u32 {
  return (slot * params.heads + head) * params.keys * value_quads();
}
