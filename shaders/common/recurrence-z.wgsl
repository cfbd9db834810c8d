// Four channels of a row of z; 0 beyond the rows and channels.
//!include common/recurrence-quads.wgsl

const Z_FORMAT: u32 = 8;

fn load_z(base: u32, row: u32, channel: u32, channels: u32) -> vec4f {
  var quad = vec4f();
  if (row >= rows_here || channel >= channels) { return quad; }
  let at = base + row * step_of(params.z) + channel;
  if (QUADS) { return quad_in(z[at / per_block(Z_FORMAT)], at, Z_FORMAT); }
  for (var i = 0u; i < min(4u, channels - channel); i += 1u) {
    quad[i] = quad_in(z[(at + i) / per_block(Z_FORMAT)], at + i, Z_FORMAT)[(at + i) % 4u];
  }
  return quad;
}
