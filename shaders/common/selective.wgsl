// What the kernels of the selective scan share: their parameters, and which steps a chunk has.
struct Params {
  group_base: u32,
  group_count: u32,
  channels: u32,
  states: u32,
  steps: u32,
  // that share b and c
  group_channels: u32,
  // steps of a chunk, and how many chunks a sequence has where all sequences are alike; 0: the table says
  chunk: u32,
  per_sequence: u32,
  chunks: u32,
  // elements of b's rows before those of c begin
  c_rows: u32,
  // Of gradients: channels whose dB and dC a workgroup adds up, such parts of a group, and where the results begin: du at 0.
  part_channels: u32,
  parts: u32,
  d_steps: u32,
  d_a: u32,
  d_b: u32,
  d_c: u32,
}

// A stretch of one batch entry.
struct Chunk { batch: u32, first: u32, steps: u32, sequence: u32 }

fn chunk_from_table(entry: vec4u) -> Chunk {
  return Chunk(entry.x, entry.y, entry.z, entry.w);
}

fn regular_chunk(index: u32) -> Chunk {
  let sequence = index / params.per_sequence;
  let first = index % params.per_sequence * params.chunk;
  return Chunk(sequence, first, min(params.chunk, params.steps - first), sequence);
}

// Element of [B, D, L].
fn step_at(chunk: Chunk, channel: u32) -> u32 {
  return (chunk.batch * params.channels + channel) * params.steps + chunk.first;
}

// Element of the first of a row of states: [B, G, L, N], or [D, N] of constant rows.
fn row_at(chunk: Chunk, channel: u32, constant: bool) -> u32 {
  let group = chunk.batch * (params.channels / params.group_channels) + channel / params.group_channels;
  return select((group * params.steps + chunk.first) * params.states, channel * params.states, constant);
}

// Element of [chunk, D, N] of one slot.
fn pair_at(slot: u32, chunk: u32, channel: u32) -> u32 {
  return ((slot * params.chunks + chunk) * params.channels + channel) * params.states;
}
