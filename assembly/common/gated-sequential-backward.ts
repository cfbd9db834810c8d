// A few steps of a gated recurrence, forward through their states and backward through their gradients.

import { stepFactors } from "./gated-factors";
import {
  callExclusive, callGate, callGateStep, callK, callKeyStep, callPerChannel, callScale, callValueStep,
  unitBonus, unitColumns, unitDBonus, unitDGate, unitDk, unitDO, unitDq, unitDv, unitGate, unitK, unitQ, unitV,
} from "./gated-layout";
import { advanceState, pullStepBack } from "./gated-step-backward";

/** Steps whose states are kept at a time. */
export const STEPS: i32 = 16;

// @ts-ignore: decorator
@inline
function rowBytes(unit: usize): usize {
  return <usize>((unitColumns(unit) + 3) & ~3) << 2;
}

/** Scratch bytes of the functions here. */
export function sequentialScratch(K: i32, V: i32): i32 {
  const K4 = (K + 3) & ~3, V4 = (V + 3) & ~3;
  return (K4 * 3 + V4 * 3 + STEPS * K * V4) << 2;
}

/** `row` = a row of V floats and zeros up to V4. */
// @ts-ignore: decorator
@inline
function padRow(src: usize, dst: usize, V: i32): void {
  v128.store(dst + (<usize>((V - 1) & ~3) << 2), f32x4.splat(0));
  memory.copy(dst, src, <usize>V << 2);
}

/** after = the state after step t, given the one before; they may be the same. */
function advanceOnce(call: usize, unit: usize, t: i32, before: usize, after: usize, scratch: usize): void {
  const K = callK(call), V = unitColumns(unit), factors = scratch, row = scratch + (<usize>((K + 3) & ~3) << 3);
  stepFactors(callGate(call), unitGate(unit) + <usize>t * callGateStep(call), callPerChannel(call), K, factors);
  padRow(unitV(unit) + <usize>t * callValueStep(call), row, V);
  advanceState(before, after, factors, unitK(unit) + <usize>t * callKeyStep(call), row, K, (V + 3) & ~3);
}

/** The state `s` [K, V4] through steps [first, first + count). */
export function advanceSteps(call: usize, unit: usize, first: i32, count: i32, s: usize, scratch: usize): void {
  for (let t = first; t < first + count; t++) advanceOnce(call, unit, t, s, s, scratch);
}

/**
 * The gradients of steps [first, first + count), at most STEPS: s is the state before the first of them, d the gradient of the
 * state after the last and then that of s.
 */
export function pullStepsBack(call: usize, unit: usize, first: i32, count: i32, s: usize, d: usize, scratch: usize): void {
  const K = callK(call), V = unitColumns(unit), K4 = (K + 3) & ~3, row = rowBytes(unit), stateBytes = <usize>K * row;
  const exclusive = callExclusive(call), perChannel = callPerChannel(call), kind = callGate(call);
  const factors = scratch, values = factors + (<usize>K4 << 3), g = values + row, dv = g + row, dGates = dv + row;
  const after = dGates + (<usize>K4 << 2);
  for (let i = 0; i < count; i++) {
    const to = after + <usize>i * stateBytes;
    advanceOnce(call, unit, first + i, i == 0 ? s : to - stateBytes, to, scratch);
  }
  const scale = f32x4.splat(callScale(call));
  for (let i = count - 1; i >= 0; i--) {
    const t = <usize>(first + i), keyAt = t * callKeyStep(call), valueAt = t * callValueStep(call);
    const gateAt = t * callGateStep(call), to = after + <usize>i * stateBytes;
    stepFactors(kind, unitGate(unit) + gateAt, perChannel, K, factors);
    padRow(unitV(unit) + valueAt, values, V);
    padRow(unitDO(unit) + valueAt, g, V);
    for (let c: usize = 0; c < row; c += 16) v128.store(g + c, f32x4.mul(v128.load(g + c), scale));
    pullStepBack(
      exclusive, kind, i == 0 ? s : to - stateBytes, to, d, factors,
      unitQ(unit) + keyAt, unitK(unit) + keyAt, values, g, unitBonus(unit),
      unitDq(unit) + keyAt, unitDk(unit) + keyAt, dv, unitDBonus(unit), dGates, K, (V + 3) & ~3,
    );
    memory.copy(unitDv(unit) + valueAt, dv, <usize>V << 2);
    if (unitDGate(unit)) storeGates(call, unitDGate(unit) + gateAt, dGates, K);
  }
}

/** One gradient per channel, or their sum; a gate that is the same all the time has one f64 that gathers all steps. */
function storeGates(call: usize, to: usize, dGates: usize, K: i32): void {
  if (callPerChannel(call)) {
    memory.copy(to, dGates, <usize>K << 2);
    return;
  }
  let sum: f64 = 0;
  for (let i = 0; i < K; i++) sum += <f64>load<f32>(dGates + (<usize>i << 2));
  if (callGateStep(call)) store<f32>(to, <f32>sum);
  else store<f64>(to, load<f64>(to) + sum);
}
