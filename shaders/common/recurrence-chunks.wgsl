// A unit is a chunk of one value head: unit = chunk of the pass * heads + head. Entries are those of recurrence-chunks.wgsl.
fn chunk_of(unit: u32) -> vec4u {
  return chunks[params.chunk0 + unit / params.heads];
}

// States lie between chunks, so every sequence has one more of them than it has chunks.
fn slot_of(unit: u32) -> u32 {
  return (params.chunk0 + unit / params.heads + chunk_of(unit).z - params.slot0) * params.heads + unit % params.heads;
}
