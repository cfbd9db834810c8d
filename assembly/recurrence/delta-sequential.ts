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
//
// Where all channels decay alike, the state of a block is kept divided by the block's decay so far, c: it is then k / c and c q that
// meet it, and the multiplication of every row by a is gone. Roundings stay relative to the same values; where a reset or a long decay
// would take c out of range, the block decays row by row.

import {
  callGate, callGateKStep, callGateStep, callK, callMicroSteps, callOStep, callQStep, callScale, callStateKStep, callStateVStep,
  DELTA_UNIT_BYTES, GATE_LOG, GATE_NONE, unitBeta, unitColumns, unitGate, unitInitial, unitK, unitO, unitQ, unitState, unitTokens, unitV,
} from "../common/delta-layout";
import { copyRow, multiplyRow, scaleRow, zeroRow } from "../common/delta-rows";
import { decayRow, factorOf, isGated, isRead, joined, keyOf, startOf, strengthOf, valueOf } from "../common/delta-walk";
import { fma } from "../common/fma";
import {
  PANEL_COLUMNS, PANEL_ROW, panelsOf, panelsToRow, panelsToState, rowToPanels, stateToPanels,
} from "../common/recurrence-panels";
import { transpose4x4 } from "../common/transpose";

/** Micro-steps of a block: their quads at K = 64 are as large as a state of 64 x 128 and share the second-level cache with it. */
const BLOCK: i32 = 32;
/** Panels that take turns: with K = 128 they fill half of a first-level cache. */
const TOGETHER: i32 = 4;
/** Decays of a block beyond this and its inverse are not divided by: the state's own range is above the rest. */
const SMALLEST: f32 = 1e-12;

/** Bytes of scratch that f32_delta_sequential needs; v: columns of a unit. */
export function f32_delta_sequential_scratch(k: i32, v: i32): i32 {
  const k4 = (k + 3) & ~3;
  return k4 * (16 * BLOCK + 2 * 4 + 4 * 4) + panelsOf(v) * (k * 32 + BLOCK * 32 + 32) + BLOCK * 4;
}

/** The decays so far at every micro-step of a block, if they can be divided by; ones where there are none. */
function blockDecays(call: usize, unit: usize, first: i32, count: i32, decays: usize): bool {
  if (callGate(call) != GATE_NONE && callGateKStep(call) != 0) return false;
  const isLog = callGate(call) == GATE_LOG;
  let total = startOf(isLog), c: f32 = 1;
  for (let m = first; m < first + count; m++, decays += 4) {
    if (isGated(call, m)) {
      const gate = unitGate(unit) + <usize>(m / callMicroSteps(call)) * callGateStep(call);
      total = joined(total, load<f32>(gate), isLog);
      c = factorOf(total, isLog);
      if (!(Mathf.abs(c) > SMALLEST && Mathf.abs(c) < 1 / SMALLEST)) return false;
    }
    store<f32>(decays, c);
  }
  return true;
}

/**
 * Quads of micro-steps [first, first + count): a, k, scale q and the next micro-step's a k, for d = 0 .. K - 1; k divided by the decay
 * so far and what reads multiplied by it, where `decays` holds them.
 */
function makeQuads(
  call: usize, unit: usize, first: i32, count: i32, total: i32, decays: usize, spare: usize, quads: usize,
): void {
  const channels = callK(call), k4 = <usize>(channels + 3) & ~3, row = k4 << 2;
  const n = callMicroSteps(call);
  // decay and next swap roles; factors holds four rows that a transpose makes into quads.
  let decay = spare, next = spare + row;
  const factors = spare + 2 * row;
  memory.fill(spare, 0, 6 * row);
  decayRow(call, unit, first, channels, decay);
  for (let m = first; m < first + count; m++) {
    const c: f32 = decays ? load<f32>(decays + (<usize>(m - first) << 2)) : 1;
    copyRow(decay, factors, channels);
    scaleRow(keyOf(call, unitK(unit), m), factors + row, channels, 1 / c);
    if (isRead(call, m)) {
      scaleRow(unitQ(unit) + <usize>(m / n) * callQStep(call), factors + 2 * row, channels, callScale(call) * c);
    }
    const future = factors + 3 * row;
    if (m + 1 < total) {
      decayRow(call, unit, m + 1, channels, next);
      multiplyRow(keyOf(call, unitK(unit), m + 1), next, future, channels);
      scaleRow(future, future, channels, c);
    } else {
      zeroRow(future, 0, channels);
    }
    for (let d: usize = 0; d < row; d += 16, quads += 64) transpose4x4(factors + d, row, quads, 16);
    const old = decay;
    decay = next;
    next = old;
  }
}

/** Row d of the state: decayed, written to, stored. */
// @ts-ignore: decorator
@inline
function movedRow(gated: bool, quad: usize, row: usize, u: v128): v128 {
  const old = v128.load(row), s = fma(v128.load32_splat(quad, 4), u, gated ? f32x4.mul(v128.load32_splat(quad), old) : old);
  v128.store(row, s);
  return s;
}

/**
 * One micro-step for one panel. `value` becomes the output, `reads` holds S^T (a k) of this micro-step and then of the next.
 *
 * Two rows per turn. Where multiply-adds are fused, a chain of them is 4 cycles a link, longer than a row takes, so odd rows have
 * sums of their own; where they are not, the registers are needed for the products.
 */
// @ts-ignore: decorator
@inline
function pass(gated: bool, read: bool, quads: usize, channels: i32, panel: usize, beta: f32, value: usize, reads: usize): void {
  const strength = f32x4.splat(beta), split = <bool>ASC_FEATURE_RELAXED_SIMD;
  const u0 = f32x4.mul(strength, f32x4.sub(v128.load(value), v128.load(reads)));
  const u1 = f32x4.mul(strength, f32x4.sub(v128.load(value, 16), v128.load(reads, 16)));
  let o0 = f32x4.splat(0), o1 = o0, r0 = o0, r1 = o0, oddO0 = o0, oddO1 = o0, oddR0 = o0, oddR1 = o0;
  for (const end = panel + <usize>(channels & ~1) * PANEL_ROW; panel < end; panel += 2 * PANEL_ROW, quads += 32) {
    let s0 = movedRow(gated, quads, panel, u0), s1 = movedRow(gated, quads, panel + 16, u1);
    let next = v128.load32_splat(quads, 12);
    if (read) {
      const q = v128.load32_splat(quads, 8);
      o0 = fma(q, s0, o0);
      o1 = fma(q, s1, o1);
    }
    r0 = fma(next, s0, r0);
    r1 = fma(next, s1, r1);
    s0 = movedRow(gated, quads + 16, panel + 32, u0), s1 = movedRow(gated, quads + 16, panel + 48, u1);
    next = v128.load32_splat(quads, 28);
    if (read) {
      const q = v128.load32_splat(quads, 24);
      if (split) oddO0 = fma(q, s0, oddO0), oddO1 = fma(q, s1, oddO1);
      else o0 = fma(q, s0, o0), o1 = fma(q, s1, o1);
    }
    if (split) oddR0 = fma(next, s0, oddR0), oddR1 = fma(next, s1, oddR1);
    else r0 = fma(next, s0, r0), r1 = fma(next, s1, r1);
  }
  if (channels & 1) {
    const s0 = movedRow(gated, quads, panel, u0), s1 = movedRow(gated, quads, panel + 16, u1);
    const q = v128.load32_splat(quads, 8), next = v128.load32_splat(quads, 12);
    o0 = fma(q, s0, o0);
    o1 = fma(q, s1, o1);
    r0 = fma(next, s0, r0);
    r1 = fma(next, s1, r1);
  }
  if (read) {
    v128.store(value, split ? f32x4.add(o0, oddO0) : o0);
    v128.store(value, split ? f32x4.add(o1, oddO1) : o1, 16);
  }
  v128.store(reads, split ? f32x4.add(r0, oddR0) : r0);
  v128.store(reads, split ? f32x4.add(r1, oddR1) : r1, 16);
}

function passGated(quads: usize, channels: i32, panel: usize, beta: f32, value: usize, reads: usize): void {
  pass(true, false, quads, channels, panel, beta, value, reads);
}

function passGatedRead(quads: usize, channels: i32, panel: usize, beta: f32, value: usize, reads: usize): void {
  pass(true, true, quads, channels, panel, beta, value, reads);
}

function passPlain(quads: usize, channels: i32, panel: usize, beta: f32, value: usize, reads: usize): void {
  pass(false, false, quads, channels, panel, beta, value, reads);
}

function passRead(quads: usize, channels: i32, panel: usize, beta: f32, value: usize, reads: usize): void {
  pass(false, true, quads, channels, panel, beta, value, reads);
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

/**
 * Micro-steps [first, first + count) for a few panels in turn: a pass ends in sums that the panel's next pass begins with, and the
 * other panels fill the wait. Values turn into outputs, row by row.
 */
function runPanels(
  call: usize, unit: usize, first: i32, count: i32, divided: bool, quads: usize, panels: i32, state: usize, values: usize,
  reads: usize,
): void {
  const channels = callK(call), quadStep = <usize>((channels + 3) & ~3) << 4;
  const panelStep = <usize>channels * PANEL_ROW, valueStep = <usize>BLOCK * PANEL_ROW;
  for (let m = first; m < first + count; m++, quads += quadStep, values += PANEL_ROW) {
    const beta = load<f32>(strengthOf(call, unitBeta(unit), m)), gated = !divided && isGated(call, m), read = isRead(call, m);
    let panel = state, value = values, r = reads;
    for (let p = 0; p < panels; p++, panel += panelStep, value += valueStep, r += PANEL_ROW) {
      if (read) {
        if (gated) passGatedRead(quads, channels, panel, beta, value, r);
        else passRead(quads, channels, panel, beta, value, r);
      } else if (gated) passGated(quads, channels, panel, beta, value, r);
      else passPlain(quads, channels, panel, beta, value, r);
    }
  }
}

function runUnit(call: usize, unit: usize, scratch: usize): void {
  const channels = callK(call), columns = unitColumns(unit), n = callMicroSteps(call), total = unitTokens(unit) * n;
  const count = panelsOf(columns), k4 = <usize>(channels + 3) & ~3;
  const panelStep = <usize>channels * PANEL_ROW, valueStep = <usize>BLOCK * PANEL_ROW;
  const quads = scratch, spare = quads + k4 * 16 * BLOCK, panels = spare + k4 * 24;
  const values = panels + <usize>count * panelStep, reads = values + <usize>count * valueStep;
  const decays = reads + <usize>count * PANEL_ROW;
  const kStep = callStateKStep(call), vStep = callStateVStep(call);
  stateToPanels(unitInitial(unit), kStep, vStep, channels, columns, panels, panelStep);
  if (total > 0) firstRead(call, unit, panels, spare, reads);
  for (let first = 0; first < total; first += BLOCK) {
    const steps = min(BLOCK, total - first);
    const divided = blockDecays(call, unit, first, steps, decays);
    makeQuads(call, unit, first, steps, total, divided ? decays : 0, spare, quads);
    for (let m = 0; m < steps; m++) {
      rowToPanels(valueOf(call, unitV(unit), first + m), columns, values + <usize>m * PANEL_ROW, valueStep);
    }
    for (let p = 0; p < count; p += TOGETHER) {
      const at = <usize>p, together = min(TOGETHER, count - p);
      runPanels(
        call, unit, first, steps, divided, quads, together, panels + at * panelStep, values + at * valueStep, reads + at * PANEL_ROW,
      );
    }
    if (divided && callGate(call) != GATE_NONE) scaleRow(panels, panels, count * channels * PANEL_COLUMNS, load<f32>(decays + (<usize>(steps - 1) << 2)));
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
