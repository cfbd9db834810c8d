// Four channels of a row of q, k or v; 0 beyond the channels. Rows past the end repeat the last one: their weight is 0.
fn load_q(base: u32, row: u32, channel: u32) -> vec4f {
  let at = base + min(row, params.rows - 1u) * params.q_row + channel;
  if (QUADS) { return select(vec4f(), quad_in(q[at / PER_BLOCK], at), channel < params.d); }
  var x = vec4f();
  for (var i = 0u; i < 4u; i += 1u) {
    if (channel + i < params.d) { x[i] = element_in(q[(at + i) / PER_BLOCK], at + i); }
  }
  return x;
}

fn load_k(base: u32, key: u32, channel: u32) -> vec4f {
  let at = base + min(key, params.keys - 1u) * params.k_row + channel;
  if (QUADS) { return select(vec4f(), quad_in(k[at / PER_BLOCK], at), channel < params.d); }
  var x = vec4f();
  for (var i = 0u; i < 4u; i += 1u) {
    if (channel + i < params.d) { x[i] = element_in(k[(at + i) / PER_BLOCK], at + i); }
  }
  return x;
}

fn load_v(base: u32, key: u32, column: u32) -> vec4f {
  let at = base + min(key, params.keys - 1u) * params.v_row + column;
  if (QUADS) { return select(vec4f(), quad_in(v[at / PER_BLOCK], at), column < params.dv); }
  var x = vec4f();
  for (var i = 0u; i < 4u; i += 1u) {
    if (column + i < params.dv) { x[i] = element_in(v[(at + i) / PER_BLOCK], at + i); }
  }
  return x;
}
