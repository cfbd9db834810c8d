// The causal convolution's parameters, and s = (initial state, x) of one channel of one entry ("row").
struct Params {
  group_base: u32,
  group_count: u32,
  rows: u32,
  channels: u32,
  steps: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> initial: array<f32>;

const HAS_BIAS: bool = false;
const HAS_INITIAL: bool = false;
const SILU: bool = false;

fn sequence_at(row: u32, position: u32) -> f32 {
  let past = params.width - 1u;
  if (position >= past) { return x[row * params.steps + position - past]; }
  if (HAS_INITIAL) { return initial[row * past + position]; }
  return 0.0;
}

// bias + sum_j weight_j s_(t+j)
fn sum_at(row: u32, t: u32) -> f32 {
  let channel = row % params.channels;
  var sum = 0.0;
  if (HAS_BIAS) { sum = bias[channel]; }
  for (var j = 0u; j < params.width; j++) {
    sum = fma(weight[channel * params.width + j], sequence_at(row, t + j), sum);
  }
  return sum;
}
