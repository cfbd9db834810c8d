// The backward pass of the delta rule in chunks. It keeps states, not chunks: one at the start of every segment of chunks from a
// first pass, and one at the start of every chunk of the segment at hand, so memory grows with the root of the length at most.
//
//   tape: segment 0's state | segment 1's | ...   then   chunk 0's state of the segment | chunk 1's | ...

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
import { valueOf } from "../common/delta-walk";
import { PANEL_ROW, panelsOf, panelsToState, rowToPanels, stateToPanels } from "../common/recurrence-panels";

/** Segments have at least so many chunks: a sequence of one segment needs no first pass. */
const SEGMENT: i32 = 64;

/** Chunks of a segment: as many as there are segments, or SEGMENT. */
function segmentOf(chunks: i32): i32 {
  return max(SEGMENT, <i32>Math.ceil(Math.sqrt(chunks)));
}

/** Bytes of scratch that f32_delta_chunk_backward needs for units of up to `tokens` tokens; `spare` is 512 bytes. */
export function f32_delta_chunk_backward_scratch(call: usize, columns: i32, tokens: i32, spare: usize): i32 {
  const space = placeSpace(spare, call, columns), back = placeBackSpace(spare + 256, space);
  const chunks = (tokens * space.steps + space.most - 1) / space.most, segment = min(chunks, segmentOf(chunks));
  const states = segment == 0 ? 0 : segment + (chunks + segment - 1) / segment;
  const bytes = space.statePanel * panelsOf(columns);
  return <i32>(space.end - spare + (back.end - (spare + 256)) + bytes * (2 + states));
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
function advance(call: usize, unit: usize, space: DeltaSpace, chunk: i32, states: usize): void {
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

function backChunk(call: usize, unit: usize, space: DeltaSpace, back: BackSpace, chunk: i32, states: usize, dStates: usize): void {
  enter(unit, space, chunk);
  writeChunk(call, unit, space, states);
  gatherOutputGradients(call, unit, space, back);
  gradientProducts(space, back, states, dStates);
  if (space.isVector) gradientColumns(space, back);
  else gradientScores(space, back);
  writeGradients(call, unit, space, back);
}

function backUnit(call: usize, unit: usize, scratch: usize): void {
  const columns = unitColumns(unit), space = placeSpace(scratch, call, columns), back = placeBackSpace(space.end, space);
  const bytes = space.statePanel * panelsOf(columns), states = back.end, dStates = states + bytes, tape = dStates + bytes;
  const channels = space.channels, k = callStateKStep(call), v = callStateVStep(call);
  const chunks = (unitTokens(unit) * space.steps + space.most - 1) / space.most, segment = max(1, min(chunks, segmentOf(chunks)));
  const segments = (chunks + segment - 1) / segment, inner = tape + <usize>segments * bytes;
  stateToPanels(unitInitial(unit), k, v, channels, columns, states, space.statePanel);
  stateToPanels(unitDState(unit), k, v, channels, columns, dStates, space.statePanel);
  for (let chunk = 0; chunk <= (segments - 1) * segment; chunk++) {
    if (chunk % segment == 0) memory.copy(tape + <usize>(chunk / segment) * bytes, states, bytes);
    if (chunk < (segments - 1) * segment) advance(call, unit, space, chunk, states);
  }
  for (let s = segments - 1; s >= 0; s--) {
    const first = s * segment, last = min(chunks, first + segment);
    memory.copy(states, tape + <usize>s * bytes, bytes);
    for (let chunk = first; chunk < last; chunk++) {
      memory.copy(inner + <usize>(chunk - first) * bytes, states, bytes);
      if (chunk + 1 < last) advance(call, unit, space, chunk, states);
    }
    for (let chunk = last - 1; chunk >= first; chunk--) {
      backChunk(call, unit, space, back, chunk, inner + <usize>(chunk - first) * bytes, dStates);
    }
  }
  if (unitDInitial(unit)) panelsToState(dStates, space.statePanel, channels, columns, unitDInitial(unit), k, v);
}

/**
 * The gradients of units [first, first + count), in order, in chunks; a unit is a whole value head. Adds to dq and dk, writes dv, dbeta,
 * dgate and dInitial. call, units: records of common/delta-layout.ts; scratch: f32_delta_chunk_backward_scratch bytes.
 */
export function f32_delta_chunk_backward(call: usize, units: usize, first: i32, count: i32, scratch: usize): void {
  for (let i = first; i < first + count; i++) backUnit(call, units + <usize>i * DELTA_UNIT_BYTES, scratch);
}
