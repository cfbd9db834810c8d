// Four channels of a row of y; 0 beyond the rows and channels.
//!include common/recurrence-quads.wgsl

const Y_FORMAT: u32 = 8;

fn load_y(base: u32, row: u32, channel: u32, channels: u32) -> vec4f {
  var quad = vec4f();
  if (row >= rows_here || channel >= channels) { return quad; }
  let at = base + row * step_of(params.y) + channel;
  if (QUADS) { return quad_in(y[at / per_block(Y_FORMAT)], at, Y_FORMAT); }
  for (var i = 0u; i < min(4u, channels - channel); i += 1u) {
    quad[i] = quad_in(y[(at + i) / per_block(Y_FORMAT)], at + i, Y_FORMAT)[(at + i) % 4u];
  }
  return quad;
}
