// The activation fused into the end of a matrix product: 0 none, 1 relu, 2 gelu (tanh form), 3 silu, 4 sigmoid, 5 tanh.
const ACTIVATION: u32 = 0;

fn sigmoid4(x: vec4f) -> vec4f {
  return 1.0 / (1.0 + exp(-x));
}

// Drivers compute tanh through e^2x, which overflows to NaN for large x; |x| <= 10 is already 1 in f32.
fn tanh4(x: vec4f) -> vec4f {
  return tanh(clamp(x, vec4f(-10), vec4f(10)));
}

fn activate(x: vec4f) -> vec4f {
  switch (ACTIVATION) {
    case 1u: { return max(x, vec4f()); }
    case 2u: { return 0.5 * x * (1.0 + tanh4(0.7978845608028654 * (x + 0.044715 * x * x * x))); }
    case 3u: { return x * sigmoid4(x); }
    case 4u: { return sigmoid4(x); }
    case 5u: { return tanh4(x); }
    default: { return x; }
  }
}
