// The gradients of gated recurrences. Nothing but the inputs is kept: states are made again, with those at the starts of pieces
// kept on two levels, so that memory grows with the square root of the length.
//
//   all steps:   |segment              |segment              |...       states at the starts of all segments
//   a segment:   |piece|piece|piece|...                                 states at the starts of its pieces

import { advanceSteps, pullStepsBack, sequentialScratch, STEPS } from "../common/gated-sequential-backward";
import {
  callK, callStateKStep, callStateVStep, unitColumns, unitDInitial, unitDState, unitInitial, unitSteps, UNIT_BYTES,
} from "../common/gated-layout";
import { loadStateBlock, storeStateBlock } from "../common/state-block";

/** Pieces of a segment at least: shorter calls need no second level. */
const LEAST_PIECES: i32 = 32;

/** Steps of a piece. */
// @ts-ignore: decorator
@inline
function pieceSteps(call: usize): i32 {
  return STEPS;
}

// @ts-ignore: decorator
@inline
function segmentPieces(pieces: i32): i32 {
  return max(LEAST_PIECES, <i32>Math.ceil(Math.sqrt(<f64>pieces)));
}

// @ts-ignore: decorator
@inline
function stateFloats(K: i32, V: i32): i32 {
  return K * ((V + 3) & ~3);
}

/** Scratch bytes that f32_gated_backward needs for V columns and up to `steps` steps. */
export function f32_gated_backward_scratch(call: usize, V: i32, steps: i32): i32 {
  const K = callK(call), pieces = (steps + pieceSteps(call) - 1) / pieceSteps(call);
  const kept = min(pieces, segmentPieces(pieces)) + (pieces / segmentPieces(pieces)) + 3;
  return (kept * stateFloats(K, V) << 2) + sequentialScratch(K, V);
}

function advancePiece(call: usize, unit: usize, first: i32, count: i32, s: usize, scratch: usize): void {
  advanceSteps(call, unit, first, count, s, scratch);
}

function pullPieceBack(call: usize, unit: usize, first: i32, count: i32, s: usize, d: usize, scratch: usize): void {
  pullStepsBack(call, unit, first, count, s, d, scratch);
}

function backwardUnit(call: usize, unit: usize, scratch: usize): void {
  const K = callK(call), V = unitColumns(unit), V4 = (V + 3) & ~3, steps = unitSteps(unit), size = pieceSteps(call);
  const kStep = callStateKStep(call), vStep = callStateVStep(call), bytes = <usize>stateFloats(K, V) << 2;
  const pieces = (steps + size - 1) / size, perSegment = segmentPieces(pieces);
  const segments = (pieces + perSegment - 1) / perSegment;
  const d = scratch, s = d + bytes, starts = s + bytes, kept = starts + <usize>segments * bytes;
  const rest = kept + <usize>min(pieces, perSegment) * bytes;

  loadStateBlock(unitDState(unit), kStep, vStep, K, V, V4, d);
  loadStateBlock(unitInitial(unit), kStep, vStep, K, V, V4, s);
  for (let p = 0; p < pieces; p++) {
    if (p % perSegment == 0) memory.copy(starts + <usize>(p / perSegment) * bytes, s, bytes);
    if (p < (segments - 1) * perSegment) advancePiece(call, unit, p * size, size, s, rest);
  }
  for (let segment = segments - 1; segment >= 0; segment--) {
    const first = segment * perSegment, count = min(perSegment, pieces - first);
    memory.copy(kept, starts + <usize>segment * bytes, bytes);
    for (let p = 1; p < count; p++) {
      const at = kept + <usize>p * bytes;
      memory.copy(at, at - bytes, bytes);
      advancePiece(call, unit, (first + p - 1) * size, size, at, rest);
    }
    for (let p = count - 1; p >= 0; p--) {
      const from = (first + p) * size;
      pullPieceBack(call, unit, from, min(size, steps - from), kept + <usize>p * bytes, d, rest);
    }
  }
  if (unitDInitial(unit)) storeStateBlock(d, V4, K, V, unitDInitial(unit), kStep, vStep);
}

/**
 * Units first .. first + count - 1, each with all of its columns: dq, dk and dBonus are added to what is there (units of heads that
 * share them follow each other in one call), dv and dGate written; a gate that is the same all the time has one f64 that is
 * added to. scratch: f32_gated_backward_scratch bytes.
 */
export function f32_gated_backward(call: usize, units: usize, first: i32, count: i32, scratch: usize): void {
  for (let i = first; i < first + count; i++) backwardUnit(call, units + <usize>(i * UNIT_BYTES), scratch);
}
