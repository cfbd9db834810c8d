// The backward pass of the delta rule in chunks; common/delta-tape.ts says in which order.

import { BackSpace, placeBackSpace } from "../common/delta-back-space";
import { movePanel, prepareChunk, writePanel } from "../common/delta-chunk";
import { gradientColumns } from "../common/delta-gradient-columns";
import { gradientProducts } from "../common/delta-gradient-products";
import { writeGradients } from "../common/delta-gradient-rows";
import { gradientScores } from "../common/delta-gradient-scores";
import {
  callOStep, callStateKStep, callStateVStep, DELTA_UNIT_BYTES, unitColumns, unitDInitial, unitDO, unitDState, unitInitial,
  unitTokens, unitV,
} from "../common/delta-layout";
import { DeltaSpace, enterChunk, placeSpace, readAfter, roundUp4 } from "../common/delta-space";
import { tapeStates, walkBack } from "../common/delta-tape";
import { valueOf } from "../common/delta-walk";
import { PANEL_ROW, panelsOf, panelsToState, rowToPanels, stateToPanels } from "../common/recurrence-panels";

/** Bytes of scratch that f32_delta_chunk_backward needs for units of up to `tokens` tokens; `spare` is 512 bytes. */
export function f32_delta_chunk_backward_scratch(call: usize, columns: i32, tokens: i32, spare: usize): i32 {
  const space = placeSpace(spare, call, columns), back = placeBackSpace(spare + 256, space);
  const chunks = (tokens * space.steps + space.most - 1) / space.most, bytes = space.statePanel * panelsOf(columns);
  return <i32>(space.end - spare + (back.end - (spare + 256)) + bytes * (2 + tapeStates(chunks)));
}

function gatherValues(call: usize, unit: usize, space: DeltaSpace): void {
  for (let m = 0; m < space.count; m++) {
    const row = valueOf(call, unitV(unit), space.first + m);
    rowToPanels(row, space.columns, space.values + <usize>m * PANEL_ROW, space.valuePanel);
  }
}

/** The chunk's X and E, from the state at its start. */
function writeChunk(call: usize, unit: usize, space: DeltaSpace, states: usize): void {
  prepareChunk(call, unit, space);
  gatherValues(call, unit, space);
  for (let p: usize = 0; p < <usize>panelsOf(space.columns); p++) {
    const at = p * space.valuePanel;
    writePanel(space, states + p * space.statePanel, space.values + at, space.outputs + at);
  }
}

function enter(unit: usize, space: DeltaSpace, chunk: i32): void {
  const first = chunk * space.most;
  enterChunk(space, first, min(space.most, unitTokens(unit) * space.steps - first));
}

/** The state moves over one chunk. */
function advance(call: usize, unit: usize, at: usize, chunk: i32, states: usize): void {
  const space = changetype<DeltaSpace>(at);
  enter(unit, space, chunk);
  writeChunk(call, unit, space, states);
  for (let p: usize = 0; p < <usize>panelsOf(space.columns); p++) {
    movePanel(space, states + p * space.statePanel, space.values + p * space.valuePanel);
  }
}

function gatherOutputGradients(call: usize, unit: usize, space: DeltaSpace, back: BackSpace): void {
  const panels = <usize>panelsOf(space.columns), rows = space.rows, past = <usize>(roundUp4(rows) - rows) * PANEL_ROW;
  for (let r = 0; r < rows; r++) {
    const token = (space.first + readAfter(space, r)) / space.steps;
    const row = unitDO(unit) + <usize>token * callOStep(call);
    rowToPanels(row, space.columns, back.dOutputs + <usize>r * PANEL_ROW, space.valuePanel);
  }
  for (let p: usize = 0; p < panels; p++) {
    memory.fill(back.dOutputs + p * space.valuePanel + <usize>rows * PANEL_ROW, 0, past);
  }
}

function backChunk(call: usize, unit: usize, at: usize, chunk: i32, states: usize): void {
  const space = changetype<DeltaSpace>(at), back = changetype<BackSpace>(space.end), dStates = dStatesOf(space, back);
  enter(unit, space, chunk);
  writeChunk(call, unit, space, states);
  gatherOutputGradients(call, unit, space, back);
  gradientProducts(space, back, states, dStates);
  if (space.isVector) gradientColumns(space, back);
  else gradientScores(space, back);
  writeGradients(call, unit, space, back);
}

/** The state at hand lies behind the records of a unit, the gradient of the state behind it, then the tape. */
// @ts-ignore: decorator
@inline
function dStatesOf(space: DeltaSpace, back: BackSpace): usize {
  return back.end + space.statePanel * panelsOf(space.columns);
}

function backUnit(call: usize, unit: usize, scratch: usize): void {
  const columns = unitColumns(unit), space = placeSpace(scratch, call, columns), back = placeBackSpace(space.end, space);
  const channels = space.channels, k = callStateKStep(call), v = callStateVStep(call), step = space.statePanel;
  const states = back.end, dStates = dStatesOf(space, back), bytes = dStates - states;
  const chunks = (unitTokens(unit) * space.steps + space.most - 1) / space.most;
  stateToPanels(unitInitial(unit), k, v, channels, columns, states, step);
  stateToPanels(unitDState(unit), k, v, channels, columns, dStates, step);
  walkBack(call, unit, scratch, chunks, states, dStates + bytes, bytes, advance, backChunk);
  if (unitDInitial(unit)) panelsToState(dStates, step, channels, columns, unitDInitial(unit), k, v);
}

/**
 * The gradients of units [first, first + count), in order, in chunks; a unit is a whole value head. Adds to dq and dk, writes dv, dbeta,
 * dgate and dInitial. call, units: records of common/delta-layout.ts; scratch: f32_delta_chunk_backward_scratch bytes.
 */
export function f32_delta_chunk_backward(call: usize, units: usize, first: i32, count: i32, scratch: usize): void {
  for (let i = first; i < first + count; i++) backUnit(call, units + <usize>i * DELTA_UNIT_BYTES, scratch);
}
