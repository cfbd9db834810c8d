// Rows of whole quads of adjacent numbers, of which each invocation takes every LANES-th. The includer's src is array<vec4f>.

// Quads of a row that an invocation keeps in registers from the first pass on; 0 where they are too many, and read again.
const KEPT: u32 = 0u;

var<private> kept: array<vec4f, max(KEPT, 1u)>;

// How many quads of the row are this invocation's.
fn quad_count(share: Share) -> u32 {
  let quads = select(0u, params.n / 4u, share.exists);
  return (max(quads, share.part) - share.part + LANES - 1u) / LANES;
}

// The end of a loop over them, with j < quad_count() asked inside: a constant where KEPT is, so that it can be unrolled.
fn loop_end(count: u32) -> u32 {
  return select(count, KEPT, KEPT > 0u);
}

fn quad_place(share: Share, j: u32) -> u32 {
  return share.first / 4u + share.part + j * LANES;
}

// For the first pass; zeros beyond the row's end.
fn fetch(share: Share, count: u32) {
  for (var j = 0u; j < KEPT; j++) {
    kept[j] = vec4f(0.0);
    if (j < count) { kept[j] = src[quad_place(share, j)]; }
  }
}

fn quad_at(share: Share, j: u32) -> vec4f {
  if (KEPT > 0u) { return kept[j]; }
  return src[quad_place(share, j)];
}
