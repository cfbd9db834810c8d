// The state's coefficient is 2 e^x - 1, not e^x.
const SIGNED: bool = false;

fn exponential(x: f32) -> f32 {
  return exp4(vec4f(x)).x;
}

fn coefficient_of(decay: f32) -> f32 {
  return select(decay, fma(2.0, decay, -1.0), SIGNED);
}
