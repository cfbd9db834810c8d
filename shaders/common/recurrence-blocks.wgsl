// Decays between blocks of 16 rows of a chunk of at most 64, for tiles whose rows have a decay per channel: from the end of one
// block to the start of another, so that no exponent is positive. Rows are brought to the edge of their block beforehand.

// Products of the decays over the blocks strictly between `own` and each of four others, of one channel; 0 for those that the
// rows of `own` do not see. `inner` are the products over blocks 1 and 2, the only ones between others.
fn between(own: u32, inner: vec2f) -> vec4f {
  if (REVERSED) {
    if (own == 0u) { return vec4f(0.0, 1.0, inner.x, inner.x * inner.y); }
    if (own == 1u) { return vec4f(0.0, 0.0, 1.0, inner.y); }
    return vec4f(0.0, 0.0, 0.0, select(0.0, 1.0, own == 2u));
  }
  if (own == 3u) { return vec4f(inner.x * inner.y, inner.y, 1.0, 0.0); }
  if (own == 2u) { return vec4f(inner.x, 1.0, 0.0, 0.0); }
  return vec4f(select(0.0, 1.0, own == 1u), 0.0, 0.0, 0.0);
}
