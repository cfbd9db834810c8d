// Running log(sum of e^x) of f32. What is carried is a reference r, the greatest ceil(x) so far, and the sum of e^(x - r) as a
// double. r moves by whole numbers only, so the factors e^(r before - r) by which a new reference shrinks the sum are few and far
// below 1: their roundings fade with the sums that they shrink. A running maximum itself would shrink it a little at every step
// of a slow ramp, and the roundings of so many factors next to 1 would add up.
//
// mode, resets, strides: as in scan-words.ts, strides in elements. state: f64 sum, f64 r, f64 1 where a reset was seen, then room
// for four elements' x - r, r before - r, r and sum.

import { exp4 } from "../common/exp";
import { log4 } from "../common/log";

const LEAST: f32 = -3.4028234663852886e38;
const MOST: f32 = 3.4028234663852886e38;

/** The whole number at or above x; infinities become the greatest numbers, and a NaN the least. */
// @ts-ignore: decorator
@inline
function referenceOf(x: f32): f32 {
  return x > LEAST ? (x > MOST ? MOST : Mathf.ceil(x)) : LEAST;
}

/** Four elements from the direction's index i on: their exponents into the state's room, and the references. */
// @ts-ignore: decorator
@inline
function stage(mode: i32, src: usize, resets: usize, step: usize, i: i32, n: i32, stride: usize, room: usize, reference: f32): f32 {
  for (let j = 0; j < 4; j++) {
    const at = room + ((<usize>j) << 2);
    if (i + j >= n) {
      store<f32>(at, -Infinity);
      store<f32>(at, 0, 16);
      store<f32>(at, reference, 32);
      continue;
    }
    const t: usize = mode & 2 ? n - 1 - i - j : i + j;
    const x = load<f32>(src + ((t * stride) << 2));
    const reset = resets != 0 && load<u8>(resets + t * step) != 0;
    const own = referenceOf(x);
    const next: f32 = reset || own > reference ? own : reference;
    store<f32>(at, x - next);
    // A NaN marks a reset: nothing of the sum before it stays.
    store<f32>(at, reset ? <f32>NaN : reference - next, 16);
    store<f32>(at, next, 32);
    reference = next;
  }
  return reference;
}

/** The four running sums into the room; returns the last, or the neutral 0 beyond the end. */
// @ts-ignore: decorator
@inline
function sums(room: usize, state: usize, sum: f64): f64 {
  const terms = exp4(v128.load(room));
  const shifts = v128.load(room, 16);
  const factors = exp4(shifts);
  v128.store(room, terms);
  v128.store(room, factors, 16);
  const isReset = i32x4.bitmask(f32x4.ne(shifts, shifts));
  for (let j = 0; j < 4; j++) {
    const at = room + ((<usize>j) << 2);
    const reset = (isReset >> j) & 1;
    const term = <f64>load<f32>(at);
    sum = reset ? term : sum * <f64>load<f32>(at, 16) + term;
    if (reset) store<f64>(state, 1, 16);
    store<f32>(at, <f32>sum, 48);
  }
  return sum;
}

function line(mode: i32, src: usize, resets: usize, step: usize, dst: usize, n: i32, stride: usize, state: usize): void {
  const room = state + 32;
  let sum = load<f64>(state);
  let reference = <f32>load<f64>(state, 8);
  let before = reference + f32x4.extract_lane(log4(f32x4.splat(<f32>sum)), 0);
  for (let i = 0; i < n; i += 4) {
    reference = stage(mode, src, resets, step, i, n, stride, room, reference);
    const isReset = i32x4.bitmask(f32x4.ne(v128.load(room, 16), v128.load(room, 16)));
    sum = sums(room, state, sum);
    if (!dst) continue;
    v128.store(room, f32x4.add(v128.load(room, 32), log4(v128.load(room, 48))));
    for (let j = 0; j < 4 && i + j < n; j++) {
      const t: usize = mode & 2 ? n - 1 - i - j : i + j;
      const y = load<f32>(room + ((<usize>j) << 2));
      const empty = ((isReset >> j) & 1) != 0;
      store<f32>(dst + ((t * stride) << 2), !(mode & 1) ? y : empty ? -Infinity : before);
      before = y;
    }
  }
  store<f64>(state, sum);
  store<f64>(state, <f64>reference, 8);
}

/** Lines of n numbers that begin `next` numbers apart; resets `apart` bytes. */
export function f32_logsumexp_lines(mode: i32, src: usize, resets: usize, step: usize, apart: usize, dst: usize, lines: i32, next: usize, n: i32, stride: usize, state: usize): void {
  for (; lines > 0; lines--) {
    if (!(mode & 4)) {
      store<f64>(state, 0);
      store<f64>(state, <f64>LEAST, 8);
      store<f64>(state, 0, 16);
    }
    line(mode, src, resets, step, dst, n, stride, state);
    src += next << 2;
    if (dst) dst += next << 2;
    if (resets) resets += apart;
  }
}

/** state becomes state joined with what came after it. */
export function f32_logsumexp_merge(state: usize, later: usize): void {
  const a = load<f64>(state, 8);
  const b = load<f64>(later, 8);
  const top = load<f64>(later, 16) != 0 ? b : max<f64>(a, b);
  const factors = exp4(f32x4.replace_lane(f32x4.splat(<f32>(a - top)), 1, <f32>(b - top)));
  const kept = load<f64>(later, 16) != 0 ? 0 : load<f64>(state) * <f64>f32x4.extract_lane(factors, 0);
  store<f64>(state, kept + load<f64>(later) * <f64>f32x4.extract_lane(factors, 1));
  store<f64>(state, top, 8);
}
