// Single elements of x and z.
//!include common/recurrence-quads.wgsl

const X_FORMAT: u32 = 8;
const Z_FORMAT: u32 = 8;

fn x_element(at: u32) -> f32 {
  return quad_in(x[at / per_block(X_FORMAT)], at, X_FORMAT)[at % 4u];
}

fn z_element(at: u32) -> f32 {
  return quad_in(z[at / per_block(Z_FORMAT)], at, Z_FORMAT)[at % 4u];
}
