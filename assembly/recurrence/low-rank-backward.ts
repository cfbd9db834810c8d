// Gradients of the low-rank recurrence, in chunks from the last to the first; states at their starts are recomputed: a first
// pass keeps one per segment of chunks, and each segment runs forward again when its turn comes.

import {
  advanceState, chunkBytes, chunkScores, chunkStarts, A, B, K, keyRows, loadChunk, O, Q, solveReads, V, valueRows, W,
} from "../common/low-rank-chunk";
import { gradientsOfGates, gradientsOfRows, gradientsOfScores, gradientsOfState, gradientsOfValues } from "../common/low-rank-gradients";
import {
  gateStepOf, keysOf, keyStepOf, padded, scaleOf, unitAt, UNIT_BYTES, unitChunk, unitSteps, valuesOf, valueStepOf,
} from "../common/low-rank-record";
import { loadRows, storeRows } from "../common/recurrence-rows";
import { loadState, storeState } from "../common/recurrence-state";

/** Chunks of a segment. */
const SEGMENT: i32 = 32;

/** Bytes of a state with whole vectors in both directions. */
// @ts-ignore: decorator
@inline
function stateBytes(keys: i32, values: i32): usize {
  return (padded(keys) >> 2) * padded(values);
}

/** Scratch bytes of f32_low_rank_backward for units of at most `steps` steps. */
export function f32_low_rank_backward_scratch(keys: i32, values: i32, chunk: i32, steps: i32): i32 {
  const segments = (steps + chunk * SEGMENT - 1) / (chunk * SEGMENT);
  return <i32>(<usize>(3 + SEGMENT + segments) * stateBytes(keys, values) + 2 * chunkBytes(chunk, keys, values) + padded(keys));
}

/** Units [first, first + count); units that add to the same dq, dk, da, db must be in one call, in order. */
export function f32_low_rank_backward(call: usize, units: usize, first: i32, count: i32, scratch: usize): void {
  for (let i = first; i < first + count; i++) runUnit(call, units + <usize>i * UNIT_BYTES, scratch);
}

/** Loads a chunk and everything about it that does not depend on the outputs' gradients. */
function prepareChunk(call: usize, unit: usize, index: i32, state: usize, chunk: usize): i32 {
  const c = unitChunk(unit), n = min(c, unitSteps(unit) - index * c), keys = keysOf(call), values = valuesOf(call);
  loadChunk(call, unit, index * c, n, c, chunk);
  chunkScores(chunk, c, n, keys, values);
  chunkStarts(chunk, c, n, keys);
  solveReads(chunk, c, n, keys, values, state);
  return n;
}

function runUnit(call: usize, unit: usize, scratch: usize): void {
  const keys = keysOf(call), values = valuesOf(call), c = unitChunk(unit), bytes = stateBytes(keys, values);
  const kStep = load<usize>(call, 24), vStep = load<usize>(call, 28), rowBytes = padded(values);
  const state = scratch, dState = state + bytes, transposed = dState + bytes, local = transposed + bytes;
  const tape = local + <usize>SEGMENT * bytes, chunk = scratch + scratchOfStates(call, unit), grad = chunk + chunkBytes(c, keys, values);
  const chunks = (unitSteps(unit) + c - 1) / c;
  memory.fill(state, 0, 2 * bytes);
  loadState(unitAt(unit, 28), kStep, vStep, keys, values, state, rowBytes);
  loadState(unitAt(unit, 72), kStep, vStep, keys, values, dState, rowBytes);
  const lastSegment = (chunks - 1) / SEGMENT;
  for (let index = 0; index < chunks; index++) {
    if (index % SEGMENT == 0) memory.copy(tape + <usize>(index / SEGMENT) * bytes, state, bytes);
    if (index / SEGMENT == lastSegment) break;
    const n = prepareChunk(call, unit, index, state, chunk);
    advanceState(chunk, c, n, keys, values, state);
  }
  for (let segment = lastSegment; segment >= 0 && chunks > 0; segment--) {
    const first = segment * SEGMENT, end = min(chunks, first + SEGMENT);
    memory.copy(local, tape + <usize>segment * bytes, bytes);
    for (let index = first; index < end - 1; index++) {
      const from = local + <usize>(index - first) * bytes;
      const n = prepareChunk(call, unit, index, from, chunk);
      memory.copy(from + bytes, from, bytes);
      advanceState(chunk, c, n, keys, values, from + bytes);
    }
    for (let index = end - 1; index >= first; index--) {
      backwardChunk(call, unit, index, local + <usize>(index - first) * bytes, dState, transposed, chunk, grad);
    }
  }
  storeState(dState, rowBytes, keys, values, unitAt(unit, 76), kStep, vStep);
}

/** Bytes of the states in scratch memory, for the longest unit of the call. */
function scratchOfStates(call: usize, unit: usize): usize {
  const c = unitChunk(unit), segments = (load<i32>(call, 32) + c * SEGMENT - 1) / (c * SEGMENT);
  return <usize>(3 + SEGMENT + segments) * stateBytes(keysOf(call), valuesOf(call));
}

function backwardChunk(
  call: usize, unit: usize, index: i32, state: usize, dState: usize, transposed: usize, chunk: usize, grad: usize,
): void {
  const keys = keysOf(call), values = valuesOf(call), c = unitChunk(unit), t = <usize>(index * c);
  const n = prepareChunk(call, unit, index, state, chunk), keyStep = keyStepOf(call), valueStep = valueStepOf(call);
  loadRows(unitAt(unit, 44) + t * valueStep, valueStep, n, values, 1, valueRows(grad, O, c, keys, values));
  gradientsOfValues(chunk, grad, c, n, keys, values, dState, transposed);
  gradientsOfScores(chunk, grad, c, n, keys, values);
  gradientsOfState(chunk, grad, c, n, keys, values, state, dState, transposed);
  gradientsOfRows(chunk, grad, c, n, keys, values, grad + chunkBytes(c, keys, values));
  gradientsOfGates(chunk, grad, c, n, keys);
  const adds = load<i32>(unit, 80) != 0, skip = t * keyStep;
  storeRows(keyRows(grad, Q, c, keys), unitAt(unit, 48) + skip, keyStep, n, keys, scaleOf(call), adds);
  storeRows(keyRows(grad, K, c, keys), unitAt(unit, 52) + skip, keyStep, n, keys, 1, adds);
  storeRows(valueRows(grad, V, c, keys, values), unitAt(unit, 56) + t * valueStep, valueStep, n, values, 1, false);
  storeRows(keyRows(grad, A, c, keys), unitAt(unit, 60) + skip, keyStep, n, keys, 1, adds);
  storeRows(keyRows(grad, B, c, keys), unitAt(unit, 64) + skip, keyStep, n, keys, 1, adds);
  if (unitAt(unit, 68)) {
    const gateStep = gateStepOf(call);
    storeRows(keyRows(grad, W, c, keys), unitAt(unit, 68) + t * gateStep, gateStep, n, keys, 1, false);
  }
}
