// Sums of exponential filters along one axis of a tensor, in place of a long convolution: h_r = lambda_r h_r + b_r x, y = sum of
// h_r, per feature. A line is one course along the axis; its steps lie `step` bytes apart, its features side by side.

import { fma } from "../common/fma";
import { loadUpTo4, storeUpTo4 } from "../common/tail";

/**
 * y = plus + filter(x) for `lines` lines `lineStep` bytes apart; plus 0: none, and it may be y. Features [0, count) of rows of
 * `d` in lambda, b [e, d]. h [e][lines, count] (terms hStep bytes apart, lines hLine) is the state before and after. back: from
 * the last step to the first. own 0: without the term of the step itself, the other half of a two-sided filter.
 */
export function f32_filter(
  x: usize, y: usize, plus: usize, lambda: usize, b: usize, h: usize, hStep: i32, hLine: i32,
  n: i32, step: i32, lines: i32, lineStep: i32, count: i32, d: i32, e: i32, back: i32, own: i32,
): void {
  const row = <usize>d << 2, along: usize = back ? -step : step, start: usize = back ? <usize>(n - 1) * step : 0;
  for (let line = 0; line < lines; line++, h += hLine) {
    const first = start + <usize>line * lineStep;
    for (let t = 0, at = first; t < n; t++, at += along) {
      for (let c = 0; c < count; c += 4) {
        const feature = <usize>c << 2, left = count - c, value = loadUpTo4(x + at + feature, left);
        let sum = plus ? loadUpTo4(plus + at + feature, left) : f32x4.splat(0);
        for (let r: usize = 0; r < <usize>e; r++) {
          const state = h + r * hStep + feature;
          const faded = f32x4.mul(loadUpTo4(lambda + r * row + feature, left), loadUpTo4(state, left));
          const next = fma(loadUpTo4(b + r * row + feature, left), value, faded);
          sum = f32x4.add(sum, own ? next : faded);
          storeUpTo4(state, next, left);
        }
        storeUpTo4(y + at + feature, sum, left);
      }
    }
  }
}

/**
 * Adds to dLambda and dB, which lie as h does, what f32_filter's lambda and b owe to the gradient g of y. With
 * h~ the state for b = 1 and s its derivative by lambda: s = lambda s + h~, h~ = lambda h~ + x. scratch: 8 e count bytes.
 */
export function f32_filter_gradients(
  x: usize, g: usize, lambda: usize, b: usize, dLambda: usize, dB: usize, hStep: i32, hLine: i32,
  n: i32, step: i32, lines: i32, lineStep: i32, count: i32, d: i32, e: i32, back: i32, own: i32, scratch: usize,
): void {
  const row = <usize>d << 2, along: usize = back ? -step : step, start: usize = back ? <usize>(n - 1) * step : 0;
  const width = <usize>count << 2, slopes = scratch + <usize>e * width;
  for (let line = 0; line < lines; line++, dLambda += hLine, dB += hLine) {
    memory.fill(scratch, 0, <usize>e * width << 1);
    for (let t = 0, at = start + <usize>line * lineStep; t < n; t++, at += along) {
      for (let c = 0; c < count; c += 4) {
        const feature = <usize>c << 2, left = count - c;
        const value = loadUpTo4(x + at + feature, left), gradient = loadUpTo4(g + at + feature, left);
        for (let r: usize = 0; r < <usize>e; r++) {
          const to = r * hStep + feature, state = r * width + feature, factors = r * row + feature;
          const decay = loadUpTo4(lambda + factors, left), before = loadUpTo4(scratch + state, left);
          const slope = fma(decay, loadUpTo4(slopes + state, left), before), faded = f32x4.mul(decay, before);
          const next = f32x4.add(faded, value);
          storeUpTo4(slopes + state, slope, left);
          storeUpTo4(scratch + state, next, left);
          storeUpTo4(dB + to, fma(gradient, own ? next : faded, loadUpTo4(dB + to, left)), left);
          const scaled = f32x4.mul(gradient, loadUpTo4(b + factors, left));
          storeUpTo4(dLambda + to, fma(scaled, slope, loadUpTo4(dLambda + to, left)), left);
        }
      }
    }
  }
}
