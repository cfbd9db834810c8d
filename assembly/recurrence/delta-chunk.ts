// The delta rule in chunks: products of matrices for all but the carry from one chunk to the next.

import {
  callMicroSteps, callOStep, callStateKStep, callStateVStep, DELTA_UNIT_BYTES, unitColumns, unitInitial, unitO, unitState,
  unitTokens, unitV,
} from "../common/delta-layout";
import { movePanel, prepareChunk, readPanel, writePanel } from "../common/delta-chunk";
import { DeltaSpace, enterChunk, placeSpace, readAfter } from "../common/delta-space";
import { valueOf } from "../common/delta-walk";
import { PANEL_ROW, panelsOf, panelsToRow, panelsToState, rowToPanels, stateToPanels } from "../common/recurrence-panels";

/** Bytes of scratch that f32_delta_chunk needs for units of up to `columns` columns; `spare` is 256 bytes. */
export function f32_delta_chunk_scratch(call: usize, columns: i32, spare: usize): i32 {
  const space = placeSpace(spare, call, columns);
  return <i32>(space.end - spare + space.statePanel * panelsOf(columns));
}

function runChunk(call: usize, unit: usize, space: DeltaSpace, states: usize): void {
  const columns = unitColumns(unit), outputs = space.outputs;
  prepareChunk(call, unit, space);
  for (let m = 0; m < space.count; m++) {
    rowToPanels(valueOf(call, unitV(unit), space.first + m), columns, space.values + <usize>m * PANEL_ROW, space.valuePanel);
  }
  for (let p: usize = 0; p < <usize>panelsOf(columns); p++) {
    const state = states + p * space.statePanel, values = space.values + p * space.valuePanel, own = outputs + p * space.valuePanel;
    // The errors are of no use any more when the outputs come.
    writePanel(space, state, values, own);
    readPanel(space, state, values, own);
    movePanel(space, state, values);
  }
  for (let r = 0; r < space.rows; r++) {
    const token = (space.first + readAfter(space, r)) / callMicroSteps(call);
    panelsToRow(outputs + <usize>r * PANEL_ROW, space.valuePanel, unitO(unit) + <usize>token * callOStep(call), columns);
  }
}

function runUnit(call: usize, unit: usize, scratch: usize): void {
  const columns = unitColumns(unit), space = placeSpace(scratch, call, columns), states = space.end;
  const channels = space.channels, total = unitTokens(unit) * callMicroSteps(call), k = callStateKStep(call), v = callStateVStep(call);
  stateToPanels(unitInitial(unit), k, v, channels, columns, states, space.statePanel);
  for (let first = 0; first < total; first += space.most) {
    enterChunk(space, first, min(space.most, total - first));
    runChunk(call, unit, space, states);
  }
  if (unitState(unit)) panelsToState(states, space.statePanel, channels, columns, unitState(unit), k, v);
}

/**
 * o and the final state of units [first, first + count) in chunks of 16, 32 or 64 micro-steps.
 * call, units: records of common/delta-layout.ts; scratch: f32_delta_chunk_scratch bytes. f32 throughout.
 */
export function f32_delta_chunk(call: usize, units: usize, first: i32, count: i32, scratch: usize): void {
  for (let i = first; i < first + count; i++) runUnit(call, units + <usize>i * DELTA_UNIT_BYTES, scratch);
}
