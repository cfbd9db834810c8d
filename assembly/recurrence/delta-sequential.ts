// The delta rule token by token, in one pass over the state per micro-step.
//
// Micro-step m needs S^T (a k) before it changes S, and S^T q after it. Both are sums over the rows of S, and so is what
// micro-step m + 1 needs first. So one pass does all three, while a row is in registers:
//
//   S[d] = a_m[d] S[d] + k_m[d] u        u = beta (v - r), known before the pass
//   o   += q_m[d] S[d]
//   r'  += (a_(m+1) k_(m+1))[d] S[d]
//
// The four factors of a row lie side by side (a "quad"), made once per block of micro-steps and used by every panel.

import {
  callGate, callK, callMicroSteps, callOStep, callQStep, callScale, callStateKStep, callStateVStep, DELTA_UNIT_BYTES, GATE_NONE,
  unitBeta, unitColumns, unitInitial, unitK, unitO, unitQ, unitState, unitTokens, unitV,
} from "../common/delta-layout";
import { decayRow, isGated, isRead, keyOf, strengthOf, valueOf } from "../common/delta-walk";
import { fma } from "../common/fma";
import { PANEL_ROW, panelsOf, panelsToRow, panelsToState, rowToPanels, stateToPanels } from "../common/recurrence-panels";
import { transpose4x4 } from "../common/transpose";

/** Micro-steps of a block: their quads at K = 64 are as large as a state of 64 x 128 and share the second-level cache with it. */
const BLOCK: i32 = 32;

/** Bytes of scratch that f32_delta_sequential needs; v: columns of a unit. */
export function f32_delta_sequential_scratch(k: i32, v: i32): i32 {
  const k4 = (k + 3) & ~3;
  return k4 * (16 * BLOCK + 2 * 4 + 4 * 4) + panelsOf(v) * (k * 32 + BLOCK * 32 + 32) + 64;
}

/** Quads of micro-steps [first, first + count): a, k, scale q and the next micro-step's a k, for d = 0 .. K - 1. */
function makeQuads(call: usize, unit: usize, first: i32, count: i32, total: i32, spare: usize, quads: usize): void {
  const channels = callK(call), k4 = <usize>(channels + 3) & ~3, row = k4 << 2;
  const scale = f32x4.splat(callScale(call)), n = callMicroSteps(call);
  // decay and next swap roles; factors holds four rows that a transpose makes into quads.
  let decay = spare, next = spare + row;
  const factors = spare + 2 * row;
  memory.fill(spare, 0, 6 * row);
  decayRow(call, unit, first, channels, decay);
  const bytes = <usize>channels << 2;
  for (let m = first; m < first + count; m++) {
    const key = keyOf(call, unitK(unit), m);
    memory.copy(factors, decay, bytes);
    memory.copy(factors + row, key, bytes);
    if (isRead(call, m)) memory.copy(factors + 2 * row, unitQ(unit) + <usize>(m / n) * callQStep(call), bytes);
    if (m + 1 < total) {
      decayRow(call, unit, m + 1, channels, next);
      memory.copy(factors + 3 * row, keyOf(call, unitK(unit), m + 1), bytes);
    } else {
      memory.fill(factors + 3 * row, 0, bytes);
    }
    for (let d: usize = 0; d < row; d += 16, quads += 64) {
      const q = factors + 2 * row + d, future = factors + 3 * row + d;
      v128.store(q, f32x4.mul(v128.load(q), scale));
      v128.store(future, f32x4.mul(v128.load(future), v128.load(next + d)));
      transpose4x4(factors + d, row, quads, 16);
    }
    const old = decay;
    decay = next;
    next = old;
  }
}

/** One micro-step for one panel; sums: o (32 bytes), then r of the next micro-step, which holds this one's u on entry. */
// @ts-ignore: decorator
@inline
function pass(gated: bool, read: bool, quads: usize, channels: i32, panel: usize, sums: usize): void {
  const u0 = v128.load(sums, 32), u1 = v128.load(sums, 48);
  let o0 = f32x4.splat(0), o1 = o0, r0 = o0, r1 = o0;
  for (const end = panel + <usize>channels * PANEL_ROW; panel < end; panel += PANEL_ROW, quads += 16) {
    let s0 = v128.load(panel), s1 = v128.load(panel, 16);
    if (gated) {
      const a = v128.load32_splat(quads);
      s0 = f32x4.mul(s0, a);
      s1 = f32x4.mul(s1, a);
    }
    const k = v128.load32_splat(quads, 4);
    s0 = fma(k, u0, s0);
    s1 = fma(k, u1, s1);
    v128.store(panel, s0);
    v128.store(panel, s1, 16);
    if (read) {
      const q = v128.load32_splat(quads, 8);
      o0 = fma(q, s0, o0);
      o1 = fma(q, s1, o1);
    }
    const next = v128.load32_splat(quads, 12);
    r0 = fma(next, s0, r0);
    r1 = fma(next, s1, r1);
  }
  if (read) {
    v128.store(sums, o0);
    v128.store(sums, o1, 16);
  }
  v128.store(sums, r0, 32);
  v128.store(sums, r1, 48);
}

function passGated(quads: usize, channels: i32, panel: usize, sums: usize): void {
  pass(true, false, quads, channels, panel, sums);
}

function passGatedRead(quads: usize, channels: i32, panel: usize, sums: usize): void {
  pass(true, true, quads, channels, panel, sums);
}

function passPlain(quads: usize, channels: i32, panel: usize, sums: usize): void {
  pass(false, false, quads, channels, panel, sums);
}

function passRead(quads: usize, channels: i32, panel: usize, sums: usize): void {
  pass(false, true, quads, channels, panel, sums);
}

/** r = S^T (a k) for the very first micro-step. */
function firstRead(call: usize, unit: usize, panels: usize, spare: usize, reads: usize): void {
  const channels = callK(call), key = keyOf(call, unitK(unit), 0);
  decayRow(call, unit, 0, channels, spare);
  for (let p = 0; p < panelsOf(unitColumns(unit)); p++, reads += PANEL_ROW) {
    let r0 = f32x4.splat(0), r1 = r0;
    for (let d: usize = 0; d < <usize>channels; d++, panels += PANEL_ROW) {
      const x = f32x4.splat(load<f32>(spare + (d << 2)) * load<f32>(key + (d << 2)));
      r0 = fma(x, v128.load(panels), r0);
      r1 = fma(x, v128.load(panels, 16), r1);
    }
    v128.store(reads, r0);
    v128.store(reads, r1, 16);
  }
}

/** Micro-steps [first, first + count) for one panel; values turn into outputs, row by row. */
function runPanel(call: usize, unit: usize, first: i32, count: i32, quads: usize, panel: usize, values: usize, read: usize, sums: usize): void {
  const channels = callK(call), quadStep = <usize>((channels + 3) & ~3) << 4;
  v128.store(sums, v128.load(read), 32);
  v128.store(sums, v128.load(read, 16), 48);
  for (let m = first; m < first + count; m++, quads += quadStep, values += PANEL_ROW) {
    const beta = v128.load32_splat(strengthOf(call, unitBeta(unit), m));
    v128.store(sums, f32x4.mul(beta, f32x4.sub(v128.load(values), v128.load(sums, 32))), 32);
    v128.store(sums, f32x4.mul(beta, f32x4.sub(v128.load(values, 16), v128.load(sums, 48))), 48);
    if (isRead(call, m)) {
      if (isGated(call, m)) passGatedRead(quads, channels, panel, sums);
      else passRead(quads, channels, panel, sums);
      v128.store(values, v128.load(sums));
      v128.store(values, v128.load(sums, 16), 16);
    } else if (isGated(call, m)) passGated(quads, channels, panel, sums);
    else passPlain(quads, channels, panel, sums);
  }
  v128.store(read, v128.load(sums, 32));
  v128.store(read, v128.load(sums, 48), 16);
}

function runUnit(call: usize, unit: usize, scratch: usize): void {
  const channels = callK(call), columns = unitColumns(unit), n = callMicroSteps(call), total = unitTokens(unit) * n;
  const count = panelsOf(columns), k4 = <usize>(channels + 3) & ~3;
  const panelStep = <usize>channels * PANEL_ROW, valueStep = <usize>BLOCK * PANEL_ROW;
  const quads = scratch, spare = quads + k4 * 16 * BLOCK, panels = spare + k4 * 24;
  const values = panels + <usize>count * panelStep, reads = values + <usize>count * valueStep, sums = reads + <usize>count * 32;
  const kStep = callStateKStep(call), vStep = callStateVStep(call);
  stateToPanels(unitInitial(unit), kStep, vStep, channels, columns, panels, panelStep);
  if (total > 0) firstRead(call, unit, panels, spare, reads);
  for (let first = 0; first < total; first += BLOCK) {
    const steps = min(BLOCK, total - first);
    makeQuads(call, unit, first, steps, total, spare, quads);
    for (let m = 0; m < steps; m++) {
      rowToPanels(valueOf(call, unitV(unit), first + m), columns, values + <usize>m * PANEL_ROW, valueStep);
    }
    for (let p: usize = 0; p < <usize>count; p++) {
      runPanel(call, unit, first, steps, quads, panels + p * panelStep, values + p * valueStep, reads + p * PANEL_ROW, sums);
    }
    for (let m = 0; m < steps; m++) {
      if (!isRead(call, first + m)) continue;
      const o = unitO(unit) + <usize>((first + m) / n) * callOStep(call);
      panelsToRow(values + <usize>m * PANEL_ROW, valueStep, o, columns);
    }
  }
  if (unitState(unit)) panelsToState(panels, panelStep, channels, columns, unitState(unit), kStep, vStep);
}

/**
 * o and the final state of units [first, first + count) by the sequential form.
 * call, units: records of common/delta-layout.ts; scratch: f32_delta_sequential_scratch bytes. f32 throughout.
 */
export function f32_delta_sequential(call: usize, units: usize, first: i32, count: i32, scratch: usize): void {
  for (let i = first; i < first + count; i++) runUnit(call, units + <usize>i * DELTA_UNIT_BYTES, scratch);
}
