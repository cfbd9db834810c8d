// A chunk's rows out of the call's arrays: keys, queries times the scale, strengths and decays.

import { callGateStep, callQStep, callScale, unitBeta, unitGate, unitK, unitQ } from "./delta-layout";
import { DeltaSpace, decaysBefore, readAfter } from "./delta-space";
import { copyRow, rowOf, scaleRow } from "./delta-rows";
import { decayAt, decayRow, keyOf, strengthOf } from "./delta-walk";

export function gatherRows(call: usize, unit: usize, space: DeltaSpace): void {
  const channels = space.channels, first = space.first;
  for (let m = 0; m < space.count; m++) {
    copyRow(keyOf(call, unitK(unit), first + m), rowOf(space.key, m, channels), channels);
    store<f32>(space.beta + (<usize>m << 2), load<f32>(strengthOf(call, unitBeta(unit), first + m)));
    if (!decaysBefore(space, m)) continue;
    if (space.isVector) decayRow(call, unit, first + m, channels, rowOf(space.decay, m, channels));
    else store<f32>(space.decay + (<usize>m << 2), decayAt(call, gateOf(call, unit, space, m)));
  }
  for (let r = 0; r < space.rows; r++) {
    const token = (first + readAfter(space, r)) / space.steps;
    scaleRow(unitQ(unit) + <usize>token * callQStep(call), rowOf(space.query, r, channels), channels, callScale(call));
  }
}

/** The gate before micro-step m of the chunk. */
// @ts-ignore: decorator
@inline
export function gateOf(call: usize, unit: usize, space: DeltaSpace, m: i32): usize {
  return unitGate(unit) + <usize>((space.first + m) / space.steps) * callGateStep(call);
}
