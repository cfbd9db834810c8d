// Weights e^(x - max) of logits that may be -inf, and the running maximum and sum of a channel. params says where tokens lie.
// The greatest logit of a channel that has seen none.
const EMPTY: f32 = -3.4028234e38;

fn key_at(unit: u32, token: u32) -> u32 {
  let batch = i32(unit / params.heads);
  let head = i32(unit % params.heads);
  return u32(params.key_base + batch * params.key_batch + head * params.key_head + i32(token) * params.key_next);
}

// e^x for x <= 0, 0 below -87: the polynomial of common/math.wgsl.
fn exp_nonpositive(x: f32) -> f32 {
  let clamped = max(x, -88.0);
  let n = round(clamped * 1.44269504);
  let r = fma(n, 2.12194440e-4, fma(n, -0.693359375, clamped));
  var p = fma(0.00138699578, r, 0.00836625323);
  p = fma(p, r, 0.0416674428);
  p = fma(p, r, 0.166665465);
  p = fma(p, r, 0.49999997);
  p = fma(p, r * r, r) + 1.0;
  return select(p * bitcast<f32>(u32(i32(n) + 127) << 23u), 0.0, x < -87.0);
}

// A logit as a finite number; -inf is told by its bits, because a shader compiler may assume that there is none.
fn is_hidden(logit: f32) -> bool {
  return bitcast<u32>(logit) == 0xff800000u;
}

// NaN or +inf.
fn is_broken(logit: f32) -> bool {
  let bits = bitcast<u32>(logit);
  return bits == 0x7f800000u || (bits & 0x7fffffffu) > 0x7f800000u;
}

// e^(logit - most), logit <= most; a broken logit makes it NaN.
fn weight_of(logit: f32, most: f32) -> f32 {
  let weight = select(exp_nonpositive(logit - most), 0.0, is_hidden(logit));
  return select(weight, bitcast<f32>(bitcast<u32>(logit) | 0x7fc00000u), is_broken(logit));
}

// scale / sum, 0 for an empty channel.
fn over(numerator: f32, sum: f32) -> f32 {
  return select(numerator / sum, 0.0, sum == 0.0);
}

// The running maximum and sum of a channel; `decay` and `weight` are those of the token just taken.
struct Gate { most: f32, sum: f32, decay: f32, weight: f32 }

fn next_gate(gate: Gate, logit: f32) -> Gate {
  let most = select(gate.most, logit, logit > gate.most && !is_broken(logit));
  let decay = exp_nonpositive(gate.most - most);
  let weight = weight_of(logit, most);
  return Gate(most, fma(gate.sum, decay, weight), decay, weight);
}
