// What the gates by themselves and their gradients share (assembly/lightnet/f32-gates.ts); an invocation per channel.
struct Params {
  group_base: u32,
  group_count: u32,
  // Sequences times heads of this dispatch, and the first of them among those of the call.
  units: u32,
  first_unit: u32,
  heads: u32,
  tokens: u32,
  d: u32,
  // Elements to the first token, between batch entries and heads, and to the next token.
  key_base: i32,
  key_batch: i32,
  key_head: i32,
  key_next: i32,
  pad: u32,
}

//!include common/lightnet-weights.wgsl
