// Where the tensors of a call have the steps that a chunk's entry counts. Bits of params.order: heads come before rows; all
// sequences are packed into one batch entry; sequences run from their last token to their first (micro-steps do not).
fn token_of(entry: vec4u, step: u32) -> u32 {
  let token = step / params.householders;
  return select(token, entry.w - token, (params.order & 4u) != 0u);
}

fn step_of(entry: vec4u, step: u32) -> u32 {
  return token_of(entry, step) * params.householders + step % params.householders;
}

// The row of a head in [B, T, heads, ...] or [B, heads, T, ...]; `row` counts through the batch, `rows` are those of an entry.
fn row_of_head(entry: vec4u, row: u32, rows: u32, head: u32, heads: u32) -> u32 {
  if ((params.order & 1u) == 0u) { return row * heads + head; }
  let batch = select(entry.z, 0u, (params.order & 2u) != 0u);
  return (batch * (heads - 1u) + head) * rows + row;
}

fn token_row(entry: vec4u, step: u32, head: u32, heads: u32) -> u32 {
  return row_of_head(entry, token_of(entry, step), params.tokens, head, heads);
}

fn step_row(entry: vec4u, step: u32, head: u32, heads: u32) -> u32 {
  return row_of_head(entry, step_of(entry, step), params.tokens * params.householders, head, heads);
}
