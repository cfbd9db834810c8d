// Short causal depthwise convolution with a state: s = (state, x) along time, y_t = f(bias + sum_j w_j s_(t+j)), f the identity or
// silu. A unit is one channel of one batch entry; lanes are steps.
//
// Record, 4-byte fields; addresses of f32:   0 x [B, C, L]   4 weight [C, width]   8 bias (0 = none)   12 state (0 = zeros)
//  16 y   20 new state   24 C   28 L   32 width   36 silu   40 dY   44 dNew (0 = zeros)   48 dx   52 dState
//  56 sums per unit: weight [width], bias

import { sigmoid4 } from "../common/expm1";
import { fma } from "../common/fma";
import { loadUpTo4, storeUpTo4 } from "../common/tail";

/** Scratch bytes of both kernels: s, and gradients of the sums with zeros around them. */
export function f32_causal_conv_scratch(steps: i32, width: i32): i32 {
  return 8 * (steps + 2 * width + 8);
}

// @ts-ignore: decorator
@inline
function field(record: usize, offset: usize): usize {
  return load<usize>(record + offset);
}

/** s of a unit, and four zeros behind it. */
function loadSequence(record: usize, unit: i32, to: usize): void {
  const steps = load<i32>(record, 28), past = load<i32>(record, 32) - 1;
  const pastBytes = <usize>past << 2, bytes = <usize>steps << 2;
  if (field(record, 12)) memory.copy(to, field(record, 12) + <usize>unit * pastBytes, pastBytes);
  else memory.fill(to, 0, pastBytes);
  memory.copy(to + pastBytes, field(record, 0) + <usize>unit * bytes, bytes);
  memory.fill(to + pastBytes + bytes, 0, 16);
}

/** bias + sum_j w_j s_(t+j) of four steps. */
// @ts-ignore: decorator
@inline
function sums4(sequence: usize, weight: usize, width: i32, bias: f32): v128 {
  let sum = f32x4.splat(bias);
  for (let j = 0; j < width; j++, sequence += 4, weight += 4) sum = fma(v128.load32_splat(weight), v128.load(sequence), sum);
  return sum;
}

// @ts-ignore: decorator
@inline
function biasOf(record: usize, channel: usize): f32 {
  return field(record, 8) ? load<f32>(field(record, 8) + (channel << 2)) : 0;
}

/** Units [first, first + count). */
export function f32_causal_conv(record: usize, first: i32, count: i32, scratch: usize): void {
  const steps = load<i32>(record, 28), width = load<i32>(record, 32), silu = load<i32>(record, 36) != 0;
  const past = <usize>(width - 1) << 2;
  for (let unit = first; unit < first + count; unit++) {
    const channel = <usize>(unit % load<i32>(record, 24)), bias = biasOf(record, channel);
    const weight = field(record, 4) + ((channel * <usize>width) << 2);
    loadSequence(record, unit, scratch);
    let y = field(record, 16) + ((<usize>unit * <usize>steps) << 2);
    for (let t = 0, s = scratch; t < steps; t += 4, s += 16, y += 16) {
      const sum = sums4(s, weight, width, bias);
      storeUpTo4(y, silu ? f32x4.mul(sum, sigmoid4(sum)) : sum, steps - t);
    }
    memory.copy(field(record, 20) + <usize>unit * past, scratch + (<usize>steps << 2), past);
  }
}

// @ts-ignore: decorator
@inline
function total(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

/** Gradients by x, the state, and per unit by the weights and the bias. */
export function f32_causal_conv_backward(record: usize, first: i32, count: i32, scratch: usize): void {
  const steps = load<i32>(record, 28), width = load<i32>(record, 32);
  const past = <usize>(width - 1) << 2, bytes = <usize>steps << 2;
  // Gradients of the sums, `width - 1` zeros before them and as many behind.
  const gradients = scratch + past + bytes + 16, inner = gradients + past;
  for (let unit = first; unit < first + count; unit++) {
    const channel = <usize>(unit % load<i32>(record, 24)), at = <usize>unit * bytes;
    const weight = field(record, 4) + ((channel * <usize>width) << 2);
    loadSequence(record, unit, scratch);
    memory.fill(gradients, 0, past);
    memory.fill(inner + bytes, 0, past + 16);
    const sums = field(record, 56) + <usize>unit * (<usize>(width + 1) << 2);
    store<f32>(sums + (<usize>width << 2), sumGradients(record, scratch, weight, biasOf(record, channel), field(record, 40) + at, inner));
    for (let j: usize = 0; j < <usize>width; j++) {
      let sum = f32x4.splat(0);
      for (let t: usize = 0; t < bytes; t += 16) sum = fma(v128.load(inner + t), v128.load(scratch + (j << 2) + t), sum);
      store<f32>(sums + (j << 2), total(sum));
    }
    sequenceGradients(record, unit, gradients, weight);
  }
}

/** g = dY f'(sum) of every step, zeros past the last; returns their sum. */
function sumGradients(record: usize, sequence: usize, weight: usize, bias: f32, dY: usize, to: usize): f32 {
  const width = load<i32>(record, 32), silu = load<i32>(record, 36) != 0, one = f32x4.splat(1);
  let all = f32x4.splat(0);
  for (let left = load<i32>(record, 28); left > 0; left -= 4, sequence += 16, dY += 16, to += 16) {
    let g = loadUpTo4(dY, left);
    if (silu) {
      const sum = sums4(sequence, weight, width, bias), s = sigmoid4(sum);
      g = f32x4.mul(g, f32x4.mul(s, fma(sum, f32x4.sub(one, s), one)));
    }
    storeUpTo4(to, g, left);
    all = f32x4.add(all, g);
  }
  return total(all);
}

/** ds_p = sum_j w_j g_(p-j), and what comes from the new state: first of the state, then of x. */
function sequenceGradients(record: usize, unit: i32, gradients: usize, weight: usize): void {
  const steps = load<i32>(record, 28), width = load<i32>(record, 32), past = width - 1;
  const dNew = field(record, 44) ? field(record, 44) + ((<usize>unit * <usize>past) << 2) : 0;
  const dState = field(record, 52) + ((<usize>unit * <usize>past) << 2);
  const dx = field(record, 48) + ((<usize>unit * <usize>steps) << 2) - (<usize>past << 2);
  for (let p = 0; p < past + steps; p++) {
    let sum: f32 = dNew && p >= steps ? load<f32>(dNew + (<usize>(p - steps) << 2)) : 0;
    for (let j = 0; j < width; j++) {
      sum += load<f32>(weight + (<usize>j << 2)) * load<f32>(gradients + (<usize>(past + p - j) << 2));
    }
    store<f32>((p < past ? dState : dx) + (<usize>p << 2), sum);
  }
}
