// Attention for few query rows (decoding): the work is reading k and v once, so nothing is packed. The keys are split over
// units, each giving a normalised output and its log-sum-exp; the merge weighs them by e^(lse - total).

import {
  optionBiasKeyStep, optionBiasRowStep, optionCap, optionD, optionDv, optionHasSlopes, optionKStep, optionLeft, optionOStep,
  optionQStep, optionRight, optionScale, optionVStep, unitBias, unitK, unitKeys, unitLse, unitO, unitPosition, unitQ, unitRows,
  unitSlope, unitV, UNIT_BYTES,
} from "../common/attention-layout";
import { softCap } from "../common/attention-scores";
import { exp4, expNonPositive4 } from "../common/exp";
import { f32_gemm_thin, f32_gemv } from "../matmul/f32-thin";

const NEGATIVE_INFINITY: f32 = -f32.MAX_VALUE * 2;

// @ts-ignore: decorator
@inline
function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

/** Scale, soft-cap, bias and slope for one row; `distance` is position - first key. Processes whole vectors. */
function finishScores(options: usize, unit: usize, bias: usize, distance: i32, s: usize, count: i32): void {
  const scale = f32x4.splat(optionScale(options)), c = optionCap(options);
  const cap = f32x4.splat(c), inverse = f32x4.splat(1 / c), four = f32x4.splat(4);
  const slope = f32x4.splat(optionHasSlopes(options) ? unitSlope(unit) : 0);
  let away = f32x4.sub(f32x4.splat(<f32>distance), f32x4(0, 1, 2, 3));
  for (let at = s, end = s + (<usize>count << 2); at < end; at += 16, away = f32x4.sub(away, four)) {
    let x = f32x4.mul(v128.load(at), scale);
    if (c != 0) x = softCap(x, cap, inverse);
    v128.store(at, f32x4.sub(x, f32x4.mul(slope, f32x4.abs(away))));
  }
  if (bias) for (let at = s, end = s + (<usize>count << 2); at < end; at += 4, bias += optionBiasKeyStep(options)) {
    store<f32>(at, load<f32>(at) + load<f32>(bias));
  }
}

/** One row against the keys of the unit; s holds a float per key, rounded up to 4. */
function attendRow(options: usize, unit: usize, row: i32, s: usize): void {
  const position = unitPosition(unit) + row, at = <usize>row, dv = optionDv(options);
  const o = unitO(unit) + at * optionOStep(options), lse = unitLse(unit) + (at << 2);
  const first = max(0, position - optionLeft(options)), last = min(unitKeys(unit), position + optionRight(options) + 1);
  const count = last - first;
  if (count <= 0) {
    memory.fill(o, 0, <usize>dv << 2);
    store<f32>(lse, NEGATIVE_INFINITY);
    return;
  }
  const kStep = optionKStep(options), vStep = optionVStep(options);
  const k = unitK(unit) + <usize>first * kStep, v = unitV(unit) + <usize>first * vStep;
  f32_gemv(k, <i32>(kStep >> 2), unitQ(unit) + at * optionQStep(options), s, 1, count, optionD(options));
  const bias = unitBias(unit)
    ? unitBias(unit) + at * optionBiasRowStep(options) + <usize>first * optionBiasKeyStep(options)
    : 0;
  finishScores(options, unit, bias, position - first, s, count);
  const end = s + (<usize>count << 2);
  for (let tail = end; tail < ((end + 15) & ~15); tail += 4) store<f32>(tail, NEGATIVE_INFINITY);
  let top = v128.load(s);
  for (let from = s + 16; from < end; from += 16) top = f32x4.pmax(top, v128.load(from));
  const m = max(
    max(f32x4.extract_lane(top, 0), f32x4.extract_lane(top, 1)), max(f32x4.extract_lane(top, 2), f32x4.extract_lane(top, 3)),
  );
  const shift = f32x4.splat(m == NEGATIVE_INFINITY ? 0 : m);
  let sums = f32x4.splat(0);
  for (let from = s; from < end; from += 16) {
    const p = expNonPositive4(f32x4.sub(v128.load(from), shift));
    v128.store(from, p);
    sums = f32x4.add(sums, p);
  }
  const l = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1)
    + (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
  f32_gemm_thin(s, count, v, <i32>(vStep >> 2), o, dv, 1, dv, count);
  const factor: f32 = l == 0 ? 0 : 1 / l;
  for (let to = o, stop = o + (<usize>dv << 2); to < stop; to += 4) store<f32>(to, load<f32>(to) * factor);
  store<f32>(lse, m + Mathf.log(l));
}

/**
 * As f32_attention, without sinks, for units of few rows and at most `keys` keys; lse is required. s must be 16-byte aligned
 * and hold that many floats, rounded up to 4.
 */
export function f32_attention_decode(options: usize, units: usize, first: i32, step: i32, count: i32, s: usize): void {
  for (let i = first; i < count; i += step) {
    const unit = units + <usize>i * UNIT_BYTES;
    for (let row = 0; row < unitRows(unit); row++) attendRow(options, unit, row, s);
  }
}

/**
 * Joins the outputs of `splits` parts of the keys for one row: parts [splits, dv] `partStep` bytes apart, their log-sum-exps
 * `lseStep` bytes apart; the sink (-inf = none) joins the denominator. lse may be 0 when it is not wanted.
 */
export function f32_attention_merge(
  parts: usize, partStep: i32, lses: usize, lseStep: i32, splits: i32, dv: i32, sink: f32, o: usize, lse: usize,
): void {
  let top = sink;
  for (let i = 0; i < splits; i++) top = max(top, load<f32>(lses + <usize>(i * lseStep)));
  memory.fill(o, 0, <usize>dv << 2);
  if (top == NEGATIVE_INFINITY) {
    if (lse) store<f32>(lse, top);
    return;
  }
  let total = exp1(sink - top);
  for (let i = 0; i < splits; i++) total += exp1(load<f32>(lses + <usize>(i * lseStep)) - top);
  for (let i = 0; i < splits; i++) {
    const weight = exp1(load<f32>(lses + <usize>(i * lseStep)) - top) / total;
    let from = parts + <usize>(i * partStep);
    for (let to = o, end = o + (<usize>dv << 2); to < end; to += 4, from += 4) {
      store<f32>(to, load<f32>(to) + weight * load<f32>(from));
    }
  }
  if (lse) store<f32>(lse, top + Mathf.log(total));
}
