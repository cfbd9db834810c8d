// One token of the delta rule on the state where it lies: no panels, since there is nothing to share the packing with.
//
// In the layout [K, V] a block of columns goes down the rows twice: once for S^T (a k), once to change the rows and read them. The
// block is 8 columns wide (what the second way holds in registers) and a cache line's two blocks follow each other. In the layout
// [V, K] a column is a row of its own, and both ways are along it.

import {
  callK, callMicroSteps, callScale, callStateKStep, callStateVStep, DELTA_UNIT_BYTES, unitBeta, unitColumns, unitInitial, unitK,
  unitO, unitQ, unitState, unitV,
} from "../common/delta-layout";
import { dotRows, multiplyRow, scaleRow } from "../common/delta-rows";
import { decayRow, isRead, keyOf, strengthOf, valueOf } from "../common/delta-walk";
import { fma } from "../common/fma";

/** Bytes of scratch that f32_delta_step needs. */
export function f32_delta_step_scratch(k: i32): i32 {
  return 16 * ((k + 3) & ~3);
}

/** The state at its place: a copy of the initial one, or zeros, unless it is that one. */
function placeState(call: usize, unit: usize): void {
  const from = unitInitial(unit), to = unitState(unit), k = callStateKStep(call), v = callStateVStep(call);
  if (from == to) return;
  const alongK = k == 4, rows = alongK ? unitColumns(unit) : callK(call), step = alongK ? v : k;
  const bytes = <usize>(alongK ? callK(call) : unitColumns(unit)) << 2;
  for (let row: usize = 0; row < <usize>rows; row++) {
    if (from) memory.copy(to + row * step, from + row * step, bytes);
    else memory.fill(to + row * step, 0, bytes);
  }
}

/** Rows of K floats, one behind the other: the decay, the decayed key, the key and the scaled query. */
// @ts-ignore: decorator
@inline
function rowAt(rows: usize, index: usize, channels: i32): usize {
  return rows + index * (<usize>((channels + 3) & ~3) << 2);
}

/** A block of 8 columns at s, whose rows are `step` bytes apart. */
function stepBlock(rows: usize, channels: i32, s: usize, step: usize, beta: f32, v: usize, o: usize): void {
  const decay = rows, decayedKey = rowAt(rows, 1, channels), key = rowAt(rows, 2, channels), query = rowAt(rows, 3, channels);
  const bytes = <usize>channels << 2;
  let r0 = f32x4.splat(0), r1 = r0, o0 = r0, o1 = r0;
  for (let d: usize = 0, at = s; d < bytes; d += 4, at += step) {
    const x = v128.load32_splat(decayedKey + d);
    r0 = fma(x, v128.load(at), r0);
    r1 = fma(x, v128.load(at, 16), r1);
  }
  const strength = f32x4.splat(beta);
  r0 = f32x4.mul(strength, f32x4.sub(v128.load(v), r0));
  r1 = f32x4.mul(strength, f32x4.sub(v128.load(v, 16), r1));
  for (let d: usize = 0, at = s; d < bytes; d += 4, at += step) {
    const a = v128.load32_splat(decay + d), k = v128.load32_splat(key + d), q = v128.load32_splat(query + d);
    const s0 = fma(k, r0, f32x4.mul(a, v128.load(at))), s1 = fma(k, r1, f32x4.mul(a, v128.load(at, 16)));
    v128.store(at, s0);
    v128.store(at, s1, 16);
    o0 = fma(q, s0, o0);
    o1 = fma(q, s1, o1);
  }
  if (!o) return;
  v128.store(o, o0);
  v128.store(o, o1, 16);
}

/** One column, its elements `step` bytes apart. */
function stepColumn(rows: usize, channels: i32, s: usize, step: usize, beta: f32, v: usize, o: usize): void {
  const decay = rows, decayedKey = rowAt(rows, 1, channels), key = rowAt(rows, 2, channels), query = rowAt(rows, 3, channels);
  let r: f32 = 0, sum: f32 = 0;
  for (let d: usize = 0, at = s; d < <usize>channels << 2; d += 4, at += step) r += load<f32>(decayedKey + d) * load<f32>(at);
  r = beta * (load<f32>(v) - r);
  for (let d: usize = 0, at = s; d < <usize>channels << 2; d += 4, at += step) {
    const x = load<f32>(decay + d) * load<f32>(at) + load<f32>(key + d) * r;
    store<f32>(at, x);
    sum += load<f32>(query + d) * x;
  }
  if (o) store<f32>(o, sum);
}

/** One column that lies as a row. */
function stepAlong(rows: usize, channels: i32, s: usize, beta: f32, v: usize, o: usize): void {
  const key = rowAt(rows, 2, channels), query = rowAt(rows, 3, channels);
  const r = beta * (load<f32>(v) - dotRows(rowAt(rows, 1, channels), s, channels)), u = f32x4.splat(r);
  let d: usize = 0, sums = f32x4.splat(0), sum: f32 = 0;
  const whole = (<usize>channels << 2) & ~15, bytes = <usize>channels << 2;
  for (; d < whole; d += 16) {
    const x = fma(v128.load(key + d), u, f32x4.mul(v128.load(rows + d), v128.load(s + d)));
    v128.store(s + d, x);
    sums = fma(v128.load(query + d), x, sums);
  }
  for (; d < bytes; d += 4) {
    const x = load<f32>(rows + d) * load<f32>(s + d) + load<f32>(key + d) * r;
    store<f32>(s + d, x);
    sum += load<f32>(query + d) * x;
  }
  if (!o) return;
  sum += (f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1)) + (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
  store<f32>(o, sum);
}

function stepUnit(call: usize, unit: usize, rows: usize): void {
  const channels = callK(call), columns = unitColumns(unit), kStep = callStateKStep(call), vStep = callStateVStep(call);
  const n = callMicroSteps(call);
  placeState(call, unit);
  scaleRow(unitQ(unit), rowAt(rows, 3, channels), channels, callScale(call));
  for (let m = 0; m < n; m++) {
    const key = keyOf(call, unitK(unit), m), beta = load<f32>(strengthOf(call, unitBeta(unit), m));
    decayRow(call, unit, m, channels, rows);
    multiplyRow(key, rows, rowAt(rows, 1, channels), channels);
    memory.copy(rowAt(rows, 2, channels), key, <usize>channels << 2);
    let s = unitState(unit), v = valueOf(call, unitV(unit), m), o = isRead(call, m) ? unitO(unit) : 0, c = 0;
    if (vStep == 4) {
      for (; c <= columns - 8; c += 8, s += 32, v += 32, o += o ? 32 : 0) stepBlock(rows, channels, s, kStep, beta, v, o);
    }
    for (; c < columns; c++, s += vStep, v += 4, o += o ? 4 : 0) {
      if (kStep == 4) stepAlong(rows, channels, s, beta, v, o);
      else stepColumn(rows, channels, s, kStep, beta, v, o);
    }
  }
}

/**
 * One token for units [first, first + count); the state may be the initial one.
 * call, units: records of common/delta-layout.ts; scratch: f32_delta_step_scratch bytes. f32 throughout.
 */
export function f32_delta_step(call: usize, units: usize, first: i32, count: i32, scratch: usize): void {
  for (let i = first; i < first + count; i++) stepUnit(call, units + <usize>i * DELTA_UNIT_BYTES, scratch);
}
