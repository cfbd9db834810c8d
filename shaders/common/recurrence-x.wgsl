// Four channels of a row of x; 0 beyond the rows and channels.
//!include common/recurrence-quads.wgsl

const X_FORMAT: u32 = 8;

fn load_x(base: u32, row: u32, channel: u32, channels: u32) -> vec4f {
  var quad = vec4f();
  if (row >= rows_here || channel >= channels) { return quad; }
  let at = base + row * step_of(params.x) + channel;
  if (QUADS) { return quad_in(x[at / per_block(X_FORMAT)], at, X_FORMAT); }
  for (var i = 0u; i < min(4u, channels - channel); i += 1u) {
    quad[i] = quad_in(x[(at + i) / per_block(X_FORMAT)], at + i, X_FORMAT)[(at + i) % 4u];
  }
  return quad;
}
