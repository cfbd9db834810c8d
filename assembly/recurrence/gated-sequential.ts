// A gated recurrence step by step: decoding, and sequences too short for chunks. Update and read-out are one pass over a block of
// 16 columns of the state, which stays in the first-level cache for the whole sequence.

import { fma } from "../common/fma";
import { stepFactors } from "../common/gated-factors";
import {
  callExclusive, callGate, callGateStep, callK, callKeyStep, callPerChannel, callScale, callStateKStep, callStateVStep,
  callValueStep, unitBonus, unitColumns, unitGate, unitInitial, unitK, unitO, unitQ, unitState, unitSteps, unitV, GATE_NONE, UNIT_BYTES,
} from "../common/gated-layout";
import { loadStateBlock, storeStateBlock } from "../common/state-block";

const WIDTH: i32 = 16;
const ROW: usize = 64;

/** Scratch bytes that f32_gated_sequential needs. */
export function f32_gated_sequential_scratch(K: i32): i32 {
  return (((K + 3) & ~3) * 2 + K * WIDTH + 2 * WIDTH) << 2;
}

/** How the channels of a step decay: not at all, all by half at most, or anyhow. */
const STAYS: i32 = 0, KEEPS: i32 = 1, DECAYS: i32 = 2;

/** keep and change of one channel applied to four columns, and k v added. */
// @ts-ignore: decorator
@inline
function advance(mode: i32, s: v128, keep: v128, change: v128, k: v128, v: v128): v128 {
  // As below with a change of 0, to the bit: a gate of zeros is no gate.
  if (mode == STAYS) return f32x4.add(s, f32x4.mul(k, v));
  return f32x4.add(mode == KEEPS ? s : v128.and(s, keep), fma(change, s, f32x4.mul(k, v)));
}

/** One step of 16 columns: the state at s, rows sStep apart; v and o are 16 floats. */
// @ts-ignore: decorator
@inline
function step16(
  mode: i32, exclusive: bool, s: usize, sStep: usize, K: i32, q: usize, k: usize, factors: usize, v: usize, o: usize,
): void {
  const v0 = v128.load(v), v1 = v128.load(v, 16), v2 = v128.load(v, 32), v3 = v128.load(v, 48);
  let o0 = f32x4.splat(0), o1 = o0, o2 = o0, o3 = o0;
  const masks = factors + (<usize>((K + 3) & ~3) << 2);
  for (let i: usize = 0, end = <usize>K << 2; i < end; i += 4, s += sStep) {
    const change = mode == STAYS ? v0 : v128.load32_splat(factors + i);
    const keep = mode == DECAYS ? v128.load32_splat(masks + i) : v0;
    const key = v128.load32_splat(k + i), query = v128.load32_splat(q + i);
    let before = v128.load(s), after = advance(mode, before, keep, change, key, v0);
    v128.store(s, after);
    o0 = fma(query, exclusive ? before : after, o0);
    before = v128.load(s, 16);
    after = advance(mode, before, keep, change, key, v1);
    v128.store(s, after, 16);
    o1 = fma(query, exclusive ? before : after, o1);
    before = v128.load(s, 32);
    after = advance(mode, before, keep, change, key, v2);
    v128.store(s, after, 32);
    o2 = fma(query, exclusive ? before : after, o2);
    before = v128.load(s, 48);
    after = advance(mode, before, keep, change, key, v3);
    v128.store(s, after, 48);
    o3 = fma(query, exclusive ? before : after, o3);
  }
  v128.store(o, o0);
  v128.store(o, o1, 16);
  v128.store(o, o2, 32);
  v128.store(o, o3, 48);
}

/** sum q u k */
function bonusOf(q: usize, k: usize, u: usize, K: i32): f32 {
  let sum: f32 = 0;
  for (const end = q + (<usize>K << 2); q < end; q += 4, k += 4, u += 4) sum += load<f32>(q) * load<f32>(u) * load<f32>(k);
  return sum;
}

function runColumns(call: usize, unit: usize, column: usize, s: usize, sStep: usize, scratch: usize): void {
  const K = callK(call), columns = min(WIDTH, unitColumns(unit) - <i32>column);
  const kind = callGate(call), perChannel = callPerChannel(call), exclusive = callExclusive(call);
  const keyStep = callKeyStep(call), valueStep = callValueStep(call), gateStep = callGateStep(call);
  const bonus = unitBonus(unit), scale = callScale(call);
  const factors = scratch, row = factors + (<usize>((K + 3) & ~3) << 3), out = row + ROW, bytes = <usize>columns << 2;
  let q = unitQ(unit), k = unitK(unit), v = unitV(unit) + (column << 2), o = unitO(unit) + (column << 2), gate = unitGate(unit);
  const masks = factors + (<usize>((K + 3) & ~3) << 2);
  let mode = STAYS;
  memory.fill(row, 0, ROW);
  for (let t = 0, steps = unitSteps(unit); t < steps; t++) {
    if (t == 0 || gateStep) {
      stepFactors(kind, gate, perChannel, K, factors);
      mode = kind == GATE_NONE ? STAYS : !perChannel && load<i32>(masks) ? KEEPS : DECAYS;
    }
    memory.copy(row, v, bytes);
    if (exclusive) step16(DECAYS, true, s, sStep, K, q, k, factors, row, out);
    else if (mode == STAYS) step16(STAYS, false, s, sStep, K, q, k, factors, row, out);
    else if (mode == KEEPS) step16(KEEPS, false, s, sStep, K, q, k, factors, row, out);
    else step16(DECAYS, false, s, sStep, K, q, k, factors, row, out);
    const own = f32x4.splat(bonus ? bonusOf(q, k, bonus, K) : 0);
    for (let at: usize = 0; at < ROW; at += 16) {
      const sum = fma(own, v128.load(row + at), v128.load(out + at));
      v128.store(out + at, f32x4.mul(sum, f32x4.splat(scale)));
    }
    memory.copy(o, out, bytes);
    q += keyStep;
    k += keyStep;
    v += valueStep;
    o += valueStep;
    gate += gateStep;
  }
}

function runUnit(call: usize, unit: usize, scratch: usize): void {
  const K = callK(call), kStep = callStateKStep(call), vStep = callStateVStep(call);
  const initial = unitInitial(unit), state = unitState(unit);
  const block = scratch, rest = block + <usize>K * ROW;
  for (let column = 0, all = unitColumns(unit); column < all; column += WIDTH) {
    const columns = min(WIDTH, all - column), at = <usize>column * vStep;
    // A single step of whole rows passes over the state where it lies; for more, packed columns are worth their copy.
    if (unitSteps(unit) == 1 && vStep == 4 && columns == WIDTH && initial == state) {
      runColumns(call, unit, column, state + at, kStep, rest);
      continue;
    }
    loadStateBlock(initial ? initial + at : 0, kStep, vStep, K, columns, WIDTH, block);
    runColumns(call, unit, column, block, ROW, rest);
    storeStateBlock(block, WIDTH, K, columns, state + at, kStep, vStep);
  }
}

/**
 * Units first .. first + count - 1, records of common/gated-layout.ts; scratch: f32_gated_sequential_scratch bytes. A state may be
 * updated in place.
 */
export function f32_gated_sequential(call: usize, units: usize, first: i32, count: i32, scratch: usize): void {
  for (let i = first; i < first + count; i++) runUnit(call, units + <usize>(i * UNIT_BYTES), scratch);
}
