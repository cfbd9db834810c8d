// The decay between a chunk's rows and its ends: from the start, to the end, and carry for all of it.
//
// Log-gates are summed and one exponential taken of the sum: a product of factors would round once per step, always the same way
// where the decay is constant, and the carry of the state repeats that in every chunk. -inf is summed like any other gate.

import { gateOf } from "./delta-gather";
import { multiplyRow, rowOf } from "./delta-rows";
import { callGate, GATE_LOG } from "./delta-layout";
import { factorOf, joined, startOf } from "./delta-walk";
import { DeltaSpace, decaysBefore, readAfter, roundUp4 } from "./delta-space";
import { exp4 } from "./exp";

function sharedFactors(call: usize, unit: usize, space: DeltaSpace): void {
  const isLog = callGate(call) == GATE_LOG;
  let total = startOf(isLog);
  for (let m = 0; m < space.count; m++) {
    if (decaysBefore(space, m)) total = joined(total, load<f32>(gateOf(call, unit, space, m)), isLog);
    store<f32>(space.inFactors + (<usize>m << 2), factorOf(total, isLog));
  }
  total = startOf(isLog);
  for (let m = space.count - 1; m >= 0; m--) {
    store<f32>(space.outFactors + (<usize>m << 2), factorOf(total, isLog));
    if (decaysBefore(space, m)) total = joined(total, load<f32>(gateOf(call, unit, space, m)), isLog);
  }
}

function carryShared(call: usize, unit: usize, space: DeltaSpace): void {
  sharedFactors(call, unit, space);
  const whole = load<f32>(space.inFactors + (<usize>(space.count - 1) << 2));
  for (let d: usize = 0; d < <usize>space.channels; d++) store<f32>(space.carry + (d << 2), whole);
}

/** One more row of gates joins K totals, and `factors` follows. */
function joinRow(gate: usize, isLog: bool, channels: i32, totals: usize, factors: usize): void {
  for (let d = 0; d < channels; d++, gate += 4, totals += 4) {
    store<f32>(totals, joined(load<f32>(totals), load<f32>(gate), isLog));
  }
  totals -= <usize>channels << 2;
  for (let d = 0; d < channels; d += 4, totals += 16, factors += 16) {
    const x = v128.load(totals);
    v128.store(factors, isLog ? exp4(x) : x);
  }
}

function startRow(isLog: bool, channels: i32, totals: usize, factors: usize): void {
  for (let d = 0; d < channels; d++, totals += 4, factors += 4) {
    store<f32>(totals, startOf(isLog));
    store<f32>(factors, 1);
  }
}

/** Totals and factors are rows of K floats, rounded up to fours, in the space's spare part. */
function carryChannels(call: usize, unit: usize, space: DeltaSpace): void {
  const channels = space.channels, isLog = callGate(call) == GATE_LOG;
  const totals = space.spare, factors = totals + (<usize>roundUp4(channels) << 2);
  let r = 0;
  startRow(isLog, channels, totals, factors);
  for (let m = 0; m < space.count; m++) {
    if (decaysBefore(space, m)) joinRow(gateOf(call, unit, space, m), isLog, channels, totals, factors);
    multiplyRow(rowOf(space.key, m, channels), factors, rowOf(space.kIn, m, channels), channels);
    if (r == space.rows || readAfter(space, r) != m) continue;
    multiplyRow(rowOf(space.query, r, channels), factors, rowOf(space.qIn, r, channels), channels);
    r++;
  }
  memory.copy(space.carry, factors, <usize>channels << 2);
  startRow(isLog, channels, totals, factors);
  for (let m = space.count - 1; m >= 0; m--) {
    multiplyRow(rowOf(space.key, m, channels), factors, rowOf(space.kOut, m, channels), channels);
    if (decaysBefore(space, m)) joinRow(gateOf(call, unit, space, m), isLog, channels, totals, factors);
  }
}

/** The factors or, where channels differ, kIn, qIn and kOut; and carry. */
export function carryRows(call: usize, unit: usize, space: DeltaSpace): void {
  if (space.isVector) carryChannels(call, unit, space);
  else if (space.isShared) carryShared(call, unit, space);
}
