// What the launches of the additive recurrence share (src/systems/lightnet/additive-gpu.ts tells their order). A state is kept as
// rows, one per key channel: vec4(reference, sum, 0, 0) and then ROW quads of value channels, all relative to the reference.
struct Params {
  group_base: u32,
  group_count: u32,
  // Sequences times heads of this dispatch, and the first of them among those of the call.
  units: u32,
  first_unit: u32,
  heads: u32,
  tokens: u32,
  // Tokens of a chunk, and chunks.
  chunk: u32,
  chunks: u32,
  // Key channels and value channels.
  d: u32,
  e: u32,
  // Elements to the first token, between batch entries and heads, and to the next token: keys, then values.
  key_base: i32,
  key_batch: i32,
  key_head: i32,
  key_next: i32,
  value_base: i32,
  value_batch: i32,
  value_head: i32,
  value_next: i32,
  scale: f32,
  pad: u32,
}

// Quads of value channels.
const ROW: u32 = 1;
const HAS_KEY: bool = false;
const GLOBAL: bool = false;

fn value_at(unit: u32, token: u32) -> u32 {
  let batch = i32(unit / params.heads);
  let head = i32(unit % params.heads);
  return u32(params.value_base + batch * params.value_batch + head * params.value_head + i32(token) * params.value_next);
}

// The row of a channel, in quads.
fn row_at(state: u32, channel: u32) -> u32 {
  return (state * params.d + channel) * (ROW + 1u);
}

//!include common/lightnet-weights.wgsl
