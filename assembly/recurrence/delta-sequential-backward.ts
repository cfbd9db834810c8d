// The backward pass of the delta rule step by step, in pieces of 16 micro-steps: a piece is run forward once more, panel by panel, with
// every state kept, and then back. With S' = a S before a micro-step, e = v - S'^T k its error and S'' = S' + beta k e^T after it:
//
//   dS += q g^T (g the gradient of the output)     dq = S'' g        t = dS^T k      dv = beta t      dbeta = t . e
//   dk = beta dS e - S' dv                         dS -= k dv^T      da = sum over columns of dS S     dS = a dS
//
// Sums over columns stay in four lanes until all panels have been by.

import {
  callMicroSteps, callGate, callGateKStep, callGateStep, callK, callOStep, callQStep, callScale, callStateKStep, callStateVStep,
  DELTA_UNIT_BYTES, GATE_LOG, unitBeta, unitColumns, unitDBeta, unitDGate, unitDInitial, unitDk, unitDO, unitDq, unitDState, unitDv,
  unitInitial, unitK, unitQ, unitTokens, unitV,
} from "../common/delta-layout";
import { scaleRow } from "../common/delta-rows";
import { tapeStates, walkBack } from "../common/delta-tape";
import { decayRow, isGated, isRead, keyOf, strengthOf, valueOf } from "../common/delta-walk";
import { fma, fnma } from "../common/fma";
import { PANEL_ROW, panelsOf, panelsToRow, panelsToState, rowToPanels, stateToPanels } from "../common/recurrence-panels";

/** Micro-steps of a piece. */
const PIECE: i32 = 16;

/** Rows of a piece: K floats each (rounded up to fours), or four lanes of them. */
@unmanaged
class Piece {
  channels: i32;
  columns: i32;
  row: usize;
  statePanel: usize;
  key: usize;
  query: usize;
  decay: usize;
  dKey: usize;
  dQuery: usize;
  dDecay: usize;
  dBeta: usize;
  /** Panels of values, then of their errors and their gradients; of the gradients of outputs. */
  values: usize;
  dOutputs: usize;
  /** States of one panel before each micro-step and after the last. */
  history: usize;
  states: usize;
}

function place(at: usize, call: usize, columns: i32): Piece {
  const piece = changetype<Piece>(at), row = <usize>((callK(call) + 3) & ~3) << 2, panels = <usize>panelsOf(columns);
  piece.channels = callK(call);
  piece.columns = columns;
  piece.row = row;
  piece.statePanel = row << 3;
  let next = at + ((offsetof<Piece>() + 15) & ~15);
  piece.key = next, next += row * PIECE;
  piece.query = next, next += row * PIECE;
  piece.decay = next, next += row * PIECE;
  piece.dKey = next, next += row * 4 * PIECE;
  piece.dQuery = next, next += row * 4 * PIECE;
  piece.dDecay = next, next += row * 4 * PIECE;
  piece.dBeta = next, next += 16 * PIECE;
  piece.values = next, next += panels * PIECE * PANEL_ROW;
  piece.dOutputs = next, next += panels * PIECE * PANEL_ROW;
  piece.history = next, next += piece.statePanel * (PIECE + 1);
  piece.states = next;
  return piece;
}

/** Bytes of scratch that f32_delta_sequential_backward needs for units of up to `tokens` tokens; `spare` is 256 bytes. */
export function f32_delta_sequential_backward_scratch(call: usize, columns: i32, tokens: i32, spare: usize): i32 {
  const piece = place(spare, call, columns), pieces = (tokens * callMicroSteps(call) + PIECE - 1) / PIECE;
  return <i32>(piece.states - spare + piece.statePanel * panelsOf(columns) * (2 + tapeStates(pieces)));
}

// @ts-ignore: decorator
@inline
function countOf(call: usize, unit: usize, first: i32): i32 {
  return min(PIECE, unitTokens(unit) * callMicroSteps(call) - first);
}

function gather(call: usize, unit: usize, piece: Piece, first: i32, count: i32): void {
  const channels = piece.channels, bytes = <usize>channels << 2, valueStep = <usize>PIECE * PANEL_ROW;
  for (let m = 0; m < count; m++) {
    const at = <usize>m * piece.row;
    memory.copy(piece.key + at, keyOf(call, unitK(unit), first + m), bytes);
    decayRow(call, unit, first + m, channels, piece.decay + at);
    rowToPanels(valueOf(call, unitV(unit), first + m), piece.columns, piece.values + <usize>m * PANEL_ROW, valueStep);
    if (!isRead(call, first + m)) continue;
    const token = <usize>((first + m) / callMicroSteps(call));
    scaleRow(unitQ(unit) + token * callQStep(call), piece.query + at, channels, callScale(call));
    rowToPanels(unitDO(unit) + token * callOStep(call), piece.columns, piece.dOutputs + <usize>m * PANEL_ROW, valueStep);
  }
}

/** next = the state after a micro-step from `state`, and the error over the value. */
function stepForward(piece: Piece, m: i32, beta: f32, state: usize, next: usize, value: usize): void {
  const key = piece.key + <usize>m * piece.row, decay = piece.decay + <usize>m * piece.row, bytes = <usize>piece.channels << 2;
  let r0 = f32x4.splat(0), r1 = r0;
  for (let d: usize = 0, at: usize = 0; d < bytes; d += 4, at += PANEL_ROW) {
    const a = v128.load32_splat(decay + d), k = v128.load32_splat(key + d);
    const s0 = f32x4.mul(a, v128.load(state + at)), s1 = f32x4.mul(a, v128.load(state + at, 16));
    v128.store(next + at, s0);
    v128.store(next + at, s1, 16);
    r0 = fma(k, s0, r0);
    r1 = fma(k, s1, r1);
  }
  const e0 = f32x4.sub(v128.load(value), r0), e1 = f32x4.sub(v128.load(value, 16), r1);
  v128.store(value, e0);
  v128.store(value, e1, 16);
  const u0 = f32x4.mul(f32x4.splat(beta), e0), u1 = f32x4.mul(f32x4.splat(beta), e1);
  for (let d: usize = 0, at = next; d < bytes; d += 4, at += PANEL_ROW) {
    const k = v128.load32_splat(key + d);
    v128.store(at, fma(k, u0, v128.load(at)));
    v128.store(at, fma(k, u1, v128.load(at, 16)), 16);
  }
}

/** dS += q g^T and dq += S'' g, four lanes of it. */
function readBack(piece: Piece, m: i32, after: usize, dState: usize, g: usize): void {
  const query = piece.query + <usize>m * piece.row, bytes = <usize>piece.channels << 2, g0 = v128.load(g), g1 = v128.load(g, 16);
  let sums = piece.dQuery + <usize>(m << 2) * piece.row;
  for (let d: usize = 0, at: usize = 0; d < bytes; d += 4, at += PANEL_ROW, sums += 16) {
    const q = v128.load32_splat(query + d), to = dState + at;
    v128.store(sums, fma(v128.load(after + at), g0, fma(v128.load(after + at, 16), g1, v128.load(sums))));
    v128.store(to, fma(q, g0, v128.load(to)));
    v128.store(to, fma(q, g1, v128.load(to, 16)), 16);
  }
}

/** The rest of a micro-step: the error at `value` turns into the value's gradient. */
function stepBack(piece: Piece, m: i32, beta: f32, gated: bool, before: usize, dState: usize, value: usize): void {
  const at = <usize>m * piece.row, key = piece.key + at, decay = piece.decay + at, bytes = <usize>piece.channels << 2;
  let t0 = f32x4.splat(0), t1 = t0;
  for (let d: usize = 0, row = dState; d < bytes; d += 4, row += PANEL_ROW) {
    const k = v128.load32_splat(key + d);
    t0 = fma(k, v128.load(row), t0);
    t1 = fma(k, v128.load(row, 16), t1);
  }
  const e0 = v128.load(value), e1 = v128.load(value, 16), strength = f32x4.splat(beta), total = piece.dBeta + (<usize>m << 4);
  v128.store(total, fma(t0, e0, fma(t1, e1, v128.load(total))));
  const v0 = f32x4.mul(strength, t0), v1 = f32x4.mul(strength, t1), u0 = f32x4.mul(strength, e0), u1 = f32x4.mul(strength, e1);
  v128.store(value, v0);
  v128.store(value, v1, 16);
  let dKey = piece.dKey + (at << 2), dDecay = piece.dDecay + (at << 2);
  for (let d: usize = 0, offset: usize = 0; d < bytes; d += 4, offset += PANEL_ROW, dKey += 16, dDecay += 16) {
    const row = dState + offset, k = v128.load32_splat(key + d), a = v128.load32_splat(decay + d);
    const s0 = v128.load(before + offset), s1 = v128.load(before + offset, 16);
    let g0 = v128.load(row), g1 = v128.load(row, 16);
    const decayed = fma(f32x4.mul(a, s0), v0, f32x4.mul(f32x4.mul(a, s1), v1));
    v128.store(dKey, f32x4.add(v128.load(dKey), f32x4.sub(fma(g0, u0, f32x4.mul(g1, u1)), decayed)));
    g0 = fnma(k, v0, g0);
    g1 = fnma(k, v1, g1);
    if (gated) v128.store(dDecay, fma(g0, s0, fma(g1, s1, v128.load(dDecay))));
    v128.store(row, f32x4.mul(a, g0));
    v128.store(row, f32x4.mul(a, g1), 16);
  }
}

function backPanel(call: usize, unit: usize, piece: Piece, first: i32, count: i32, panel: i32, state: usize, dState: usize): void {
  const step = <usize>PIECE * PANEL_ROW, values = piece.values + <usize>panel * step, dOutputs = piece.dOutputs + <usize>panel * step;
  memory.copy(piece.history, state, piece.statePanel);
  for (let m = 0, at = piece.history; m < count; m++, at += piece.statePanel) {
    const beta = load<f32>(strengthOf(call, unitBeta(unit), first + m));
    stepForward(piece, m, beta, at, at + piece.statePanel, values + <usize>m * PANEL_ROW);
  }
  for (let m = count - 1; m >= 0; m--) {
    const before = piece.history + <usize>m * piece.statePanel, row = <usize>m * PANEL_ROW;
    if (isRead(call, first + m)) readBack(piece, m, before + piece.statePanel, dState, dOutputs + row);
    const beta = load<f32>(strengthOf(call, unitBeta(unit), first + m));
    stepBack(piece, m, beta, isGated(call, first + m), before, dState, values + row);
  }
}

// @ts-ignore: decorator
@inline
function sumLanes(at: usize): f32 {
  return load<f32>(at) + load<f32>(at, 4) + (load<f32>(at, 8) + load<f32>(at, 12));
}

/** to[d] += factor times the sum of lanes of row d. */
function addLanes(lanes: usize, channels: i32, factor: f32, to: usize): void {
  for (let d = 0; d < channels; d++, lanes += 16, to += 4) store<f32>(to, load<f32>(to) + factor * sumLanes(lanes));
}

function writeGate(call: usize, unit: usize, piece: Piece, m: i32, token: i32): void {
  const to = unitDGate(unit) + <usize>token * callGateStep(call), isLog = callGate(call) == GATE_LOG;
  const lanes = piece.dDecay + (<usize>m << 2) * piece.row, decay = piece.decay + <usize>m * piece.row, step = callGateKStep(call);
  let sum: f32 = 0;
  for (let d: usize = 0; d < <usize>piece.channels; d++) {
    const gradient = sumLanes(lanes + (d << 4)) * (isLog ? load<f32>(decay + (d << 2)) : 1);
    sum += gradient;
    if (step) store<f32>(to + d * step, gradient);
  }
  if (!step) store<f32>(to, sum);
}

function write(call: usize, unit: usize, piece: Piece, first: i32, count: i32): void {
  const channels = piece.channels, n = callMicroSteps(call);
  for (let m = 0; m < count; m++) {
    const token = (first + m) / n, lanes = (<usize>m << 2) * piece.row;
    addLanes(piece.dKey + lanes, channels, 1, keyOf(call, unitDk(unit), first + m));
    if (isRead(call, first + m)) {
      addLanes(piece.dQuery + lanes, channels, callScale(call), unitDq(unit) + <usize>token * callQStep(call));
    }
    store<f32>(strengthOf(call, unitDBeta(unit), first + m), sumLanes(piece.dBeta + (<usize>m << 4)));
    panelsToRow(piece.values + <usize>m * PANEL_ROW, <usize>PIECE * PANEL_ROW, valueOf(call, unitDv(unit), first + m), piece.columns);
    if (isGated(call, first + m)) writeGate(call, unit, piece, m, token);
  }
}

function advance(call: usize, unit: usize, at: usize, index: i32, states: usize): void {
  const piece = changetype<Piece>(at), first = index * PIECE, count = countOf(call, unit, first);
  gather(call, unit, piece, first, count);
  for (let p: usize = 0; p < <usize>panelsOf(piece.columns); p++) {
    const state = states + p * piece.statePanel;
    for (let m = 0; m < count; m++) {
      const value = piece.values + (p * PIECE + m) * PANEL_ROW;
      stepForward(piece, m, load<f32>(strengthOf(call, unitBeta(unit), first + m)), state, state, value);
    }
  }
}

function backPiece(call: usize, unit: usize, at: usize, index: i32, states: usize): void {
  const piece = changetype<Piece>(at), first = index * PIECE, count = countOf(call, unit, first);
  const panels = panelsOf(piece.columns), dStates = piece.states + piece.statePanel * panels;
  gather(call, unit, piece, first, count);
  memory.fill(piece.dKey, 0, piece.values - piece.dKey);
  for (let p = 0; p < panels; p++) {
    const offset = <usize>p * piece.statePanel;
    backPanel(call, unit, piece, first, count, p, states + offset, dStates + offset);
  }
  write(call, unit, piece, first, count);
}

function backUnit(call: usize, unit: usize, scratch: usize): void {
  const columns = unitColumns(unit), piece = place(scratch, call, columns), k = callStateKStep(call), v = callStateVStep(call);
  const bytes = piece.statePanel * panelsOf(columns), dStates = piece.states + bytes;
  const pieces = (unitTokens(unit) * callMicroSteps(call) + PIECE - 1) / PIECE;
  stateToPanels(unitInitial(unit), k, v, piece.channels, columns, piece.states, piece.statePanel);
  stateToPanels(unitDState(unit), k, v, piece.channels, columns, dStates, piece.statePanel);
  walkBack(call, unit, scratch, pieces, piece.states, dStates + bytes, bytes, advance, backPiece);
  if (unitDInitial(unit)) panelsToState(dStates, piece.statePanel, piece.channels, columns, unitDInitial(unit), k, v);
}

/**
 * The gradients of units [first, first + count), in order, step by step; a unit is a whole value head. Adds to dq and dk, writes dv,
 * dbeta, dgate and dInitial. call, units: records of common/delta-layout.ts; scratch: f32_delta_sequential_backward_scratch bytes.
 */
export function f32_delta_sequential_backward(call: usize, units: usize, first: i32, count: i32, scratch: usize): void {
  for (let i = first; i < first + count; i++) backUnit(call, units + <usize>i * DELTA_UNIT_BYTES, scratch);
}
