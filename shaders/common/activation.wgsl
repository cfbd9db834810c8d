// The activation that ends a matrix product, by its number in shaders/unary.wgsl; 0 for none.
//!include common/math.wgsl
const ACTIVATION: u32 = 0;

// x times a gate that is 0 far below zero, where -inf times 0 must not be NaN.
fn gated(x: vec4f, least: f32) -> vec4f {
  return select(max(x, vec4f(least)), x, is_nan(x));
}

fn activate(x: vec4f) -> vec4f {
  switch (ACTIVATION) {
    case 4u: { return select(max(x, vec4f()), x, is_nan(x)); }
    case 21u: { return tanh4(x); }
    case 23u: { return sigmoid4(x); }
    case 24u: { return gated(x, -200.0) * sigmoid4(x); }
    case 26u: { return gated(x, -20.0) * fma(erf4(x * 0.707106781), vec4f(0.5), vec4f(0.5)); }
    default: { return x; }
  }
}
