// The gates of the additive recurrence. A token's weight at a later one is e^(x_s - m_t) / l_t, with m the running maximum of a
// channel's logits and l = sum of e^(x - m): exponents are never positive. Split at a reference r per channel it is
//
//   weight e^(x_s - r)  times  gain e^(r - m_t) / l_t
//
// and the recurrence is plain linear attention of keys k weight and queries q gain. The split neither overflows nor loses
// digits while m moves little, so a chunk is cut into stretches over which m rises by at most REACH in every channel; r is the
// middle. Logits that climb faster make shorter stretches, down to one token.

import { expNonPositive4, exp4 } from "./exp";
import { loadUpTo4 } from "./tail";
import { Call, EMPTY, Work } from "./additive-layout";

/** Half of it is the greatest exponent: e^8 costs no digits, and a difference below 8 is rounded to 2^-22. */
const REACH: f32 = 16;

/** The gates at the start: those at m0 and l0, m0 being z where there is no l0; without m0, or at -inf, the channel is empty. */
export function startGates(work: Work, d: i32, m0: usize, l0: usize): void {
  for (let c = 0; c < d; c++) {
    const at = <usize>c << 2;
    const most: f32 = m0 ? load<f32>(m0 + at) : -Infinity, sum: f32 = l0 ? load<f32>(l0 + at) : 1;
    const isEmpty = most == -Infinity || sum == 0;
    store<f32>(work.m + at, isEmpty ? EMPTY : most);
    store<f32>(work.l + at, isEmpty ? 0 : sum);
    store<f32>(work.lost + at, 0);
  }
}

/** The rounding error of a + b (Knuth 1969, two-sum). */
// @ts-ignore: decorator
@inline
function lostIn(sum: v128, a: v128, b: v128): v128 {
  const ofB = f32x4.sub(sum, a);
  return f32x4.add(f32x4.sub(a, f32x4.sub(sum, ofB)), f32x4.sub(b, ofB));
}

/** m, 1 / l (0 for an empty channel) of `rows` tokens into maxima and inverse; work.m, work.l and work.lost move on. */
export function runGates(work: Work, d: i32, x: usize, step: usize, rows: i32): void {
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  let maxima = work.maxima, inverse = work.inverse;
  for (let t = 0; t < rows; t++, x += step, maxima += work.row, inverse += work.row) {
    for (let c = 0; c < d; c += 4) {
      const at = <usize>c << 2;
      const logit = loadUpTo4(x + at, d - c), before = v128.load(work.m + at), sum = v128.load(work.l + at);
      const rises = f32x4.gt(logit, before);
      const e = expNonPositive4(f32x4.neg(f32x4.abs(f32x4.sub(logit, before))));
      // l e + 1 where the maximum rises, l + e elsewhere; what rounding takes from the sum comes back with the next token.
      const decay = v128.bitselect(e, one, rises), added = v128.bitselect(one, e, rises);
      const kept = f32x4.mul(sum, decay), plus = f32x4.add(added, f32x4.mul(v128.load(work.lost + at), decay));
      const l = f32x4.add(kept, plus), m = f32x4.max(before, logit);
      v128.store(work.m + at, m);
      v128.store(work.l + at, l);
      v128.store(work.lost + at, lostIn(l, kept, plus));
      v128.store(maxima + at, m);
      v128.store(inverse + at, v128.andnot(f32x4.div(one, l), f32x4.eq(l, zero)));
    }
  }
}

/** How many of the tokens [first, rows) of the chunk make one stretch: at least one. A NaN ends it. */
export function stretchLength(work: Work, d: i32, first: i32, rows: i32): i32 {
  const from = work.maxima + <usize>first * work.row, reach = f32x4.splat(REACH);
  for (let t = first + 1, at = from + work.row; t < rows; t++, at += work.row) {
    for (let c: usize = 0; c < <usize>d << 2; c += 16) {
      const rise = f32x4.sub(v128.load(at + c), v128.load(from + c));
      if (!i32x4.all_true(f32x4.le(rise, reach))) return t - first;
    }
  }
  return rows - first;
}

/** Moves the reference to the middle of a stretch's maxima; factor: e^(-|reference before - reference|). */
export function moveReference(work: Work, d: i32, first: i32, count: i32): void {
  const from = work.maxima + <usize>first * work.row, last = from + <usize>(count - 1) * work.row;
  const half = f32x4.splat(0.5);
  for (let c: usize = 0; c < <usize>d << 2; c += 16) {
    const middle = f32x4.add(f32x4.mul(v128.load(from + c), half), f32x4.mul(v128.load(last + c), half));
    setReference(work, c, middle);
  }
}

/** The same to the maxima at `to` [d8]. */
export function moveReferenceTo(work: Work, d: i32, to: usize): void {
  for (let c: usize = 0; c < <usize>d << 2; c += 16) setReference(work, c, v128.load(to + c));
}

// @ts-ignore: decorator
@inline
function setReference(work: Work, c: usize, to: v128): void {
  const moved = f32x4.sub(v128.load(work.reference + c), to);
  v128.store(work.factor + c, expNonPositive4(f32x4.neg(f32x4.abs(moved))));
  v128.store(work.reference + c, to);
}

/** weight and keys = k weight of `count` tokens from `first` of the chunk on; x and k are those of the first. */
export function weigh(work: Work, call: Call, first: i32, count: i32, x: usize, k: usize): void {
  let weight = work.weight + <usize>first * work.row, keys = work.keys + <usize>first * work.row;
  for (let t = 0; t < count; t++, x += call.keyStep, weight += work.row, keys += work.row) {
    for (let c = 0; c < call.d; c += 4) {
      const at = <usize>c << 2;
      const e = exp4(f32x4.sub(loadUpTo4(x + at, call.d - c), v128.load(work.reference + at)));
      v128.store(weight + at, e);
      v128.store(keys + at, k ? f32x4.mul(e, loadUpTo4(k + at, call.d - c)) : e);
    }
    if (k) k += call.keyStep;
  }
}

/** gain, with the scale, and queries = q gain of `count` tokens from `first` of the chunk on; q is that of the first. */
export function gainQueries(work: Work, call: Call, first: i32, count: i32, q: usize): void {
  const offset = <usize>first * work.row, scale = f32x4.splat(call.scale);
  let maxima = work.maxima + offset, inverse = work.inverse + offset;
  let gain = work.gain + offset, queries = work.queries + offset;
  for (let t = 0; t < count; t++, q += call.keyStep) {
    for (let c = 0; c < call.d; c += 4) {
      const at = <usize>c << 2;
      const e = exp4(f32x4.sub(v128.load(work.reference + at), v128.load(maxima + at)));
      const g = f32x4.mul(scale, f32x4.mul(e, v128.load(inverse + at)));
      v128.store(gain + at, g);
      v128.store(queries + at, f32x4.mul(g, loadUpTo4(q + at, call.d - c)));
    }
    maxima += work.row;
    inverse += work.row;
    gain += work.row;
    queries += work.row;
  }
}

/** The same where every token takes the last one's maximum and sum, work.m and work.l, and the reference is at that maximum. */
export function gainWhole(work: Work, call: Call, count: i32, q: usize): void {
  const scale = f32x4.splat(call.scale), zero = f32x4.splat(0);
  let gain = work.gain, queries = work.queries;
  for (let t = 0; t < count; t++, q += call.keyStep, gain += work.row, queries += work.row) {
    for (let c = 0; c < call.d; c += 4) {
      const at = <usize>c << 2, l = v128.load(work.l + at);
      const g = v128.andnot(f32x4.div(scale, l), f32x4.eq(l, zero));
      v128.store(gain + at, g);
      v128.store(queries + at, f32x4.mul(g, loadUpTo4(q + at, call.d - c)));
    }
  }
}
