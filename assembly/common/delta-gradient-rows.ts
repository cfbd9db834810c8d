// The end of a chunk's backward pass: what passed the chunk's ends joins the rows' gradients, and all go to the call's arrays.
// Gradients of queries and keys are added, since value heads share them; those of values, strengths and gates are written.

import { BackSpace } from "./delta-back-space";
import { addScaled, multiplyRow, scaleRow } from "./delta-rows";
import {
  callGate, callGateStep, callQStep, callScale, GATE_LOG, unitDBeta, unitDGate, unitDk, unitDq, unitDv,
} from "./delta-layout";
import { DeltaSpace, decaysBefore, readAfter } from "./delta-space";
import { keyOf, strengthOf, valueOf } from "./delta-walk";
import { PANEL_ROW, panelsToRow } from "./recurrence-panels";

/** Where all channels decay alike; delta-gradient-columns.ts has done it otherwise. */
function joinCarried(space: DeltaSpace, back: BackSpace): void {
  const channels = space.channels;
  for (let m: usize = 0; m < <usize>space.count; m++) {
    const at = m * back.row, factor = m << 2;
    addScaled(back.dKIn + at, space.isShared ? load<f32>(space.inFactors + factor) : 1, back.dKey + at, channels);
    addScaled(back.dKOut + at, space.isShared ? load<f32>(space.outFactors + factor) : 1, back.dKey + at, channels);
  }
  for (let r = 0; r < space.rows; r++) {
    const at = <usize>r * back.row, factor = <usize>readAfter(space, r) << 2;
    addScaled(back.dQIn + at, space.isShared ? load<f32>(space.inFactors + factor) : 1, back.dQuery + at, channels);
  }
}

/** The decay's gradient to the gate's: a log-gate g stands for e^g, whose derivative is the decay itself. */
function writeGate(call: usize, unit: usize, space: DeltaSpace, back: BackSpace, m: i32): void {
  const isLog = callGate(call) == GATE_LOG;
  const to = unitDGate(unit) + <usize>((space.first + m) / space.steps) * callGateStep(call);
  if (!space.isVector) {
    const at = <usize>m << 2, gradient = load<f32>(back.dDecay + at);
    store<f32>(to, isLog ? gradient * load<f32>(space.decay + at) : gradient);
    return;
  }
  const gradient = back.dDecay + <usize>m * back.row;
  if (isLog) multiplyRow(gradient, space.decay + (<usize>(m * space.channels) << 2), to, space.channels);
  else memory.copy(to, gradient, <usize>space.channels << 2);
}

export function writeGradients(call: usize, unit: usize, space: DeltaSpace, back: BackSpace): void {
  const channels = space.channels, first = space.first;
  if (!space.isVector) joinCarried(space, back);
  for (let r = 0; r < space.rows; r++) {
    const token = (first + readAfter(space, r)) / space.steps;
    addScaled(back.dQuery + <usize>r * back.row, callScale(call), unitDq(unit) + <usize>token * callQStep(call), channels);
  }
  for (let m = 0; m < space.count; m++) {
    addScaled(back.dKey + <usize>m * back.row, 1, keyOf(call, unitDk(unit), first + m), channels);
    const dv = valueOf(call, unitDv(unit), first + m);
    panelsToRow(back.dValues + <usize>m * PANEL_ROW, space.valuePanel, dv, space.columns);
    scaleRow(dv, dv, space.columns, -1);
    store<f32>(strengthOf(call, unitDBeta(unit), first + m), load<f32>(back.dBeta + (<usize>m << 2)));
    if (decaysBefore(space, m)) writeGate(call, unit, space, back, m);
  }
}
