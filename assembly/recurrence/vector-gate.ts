// Core B in chunks: linear recurrences whose channels decay one by one (Yang et al. 2024, GLA; Peng et al. 2024, RWKV-6).

import { stepFactors } from "../common/gated-factors";
import { Chunk, carryState, chunkAt, chunkBytes, loadState, loadValues, storeState, writeOutputs } from "../common/gated-chunk";
import {
  callChunk, callGateStep, callK, callKeyStep, callStateKStep, callStateVStep, callValueStep,
  unitBonus, unitColumns, unitGate, unitInitial, unitK, unitO, unitQ, unitState, unitSteps, unitV, UNIT_BYTES,
} from "../common/gated-layout";
import { scoreTile } from "../common/gated-scores";
import { F32 } from "../common/storage";
import {
  BLOCK, decayKeys, decayQueries, loadBlock, scoreWithin, VectorRows, vectorRowsAt, vectorRowsBytes,
} from "../common/vector-chunk";
import { clearSums, fillRow } from "../common/vector-rows";
import { f32_pack_a_4, f32_pack_b_8 } from "../matmul/f32-pack";

/** Scratch bytes that f32_vector_gate needs for units of up to V columns. */
export function f32_vector_gate_scratch(K: i32, V: i32, size: i32): i32 {
  return chunkBytes(K, V, size) + vectorRowsBytes(K, size);
}

/** A block's queries into their panels, its scores with the blocks before it, and the decay of those to the chunk's start. */
function finishQueries(chunk: Chunk, rows: VectorRows, first: i32, count: i32): void {
  const K4 = chunk.K4, row = <usize>K4 << 2, keyPanel = <usize>K4 << 5;
  if (first) f32_pack_b_8(rows.k, chunk.keys, K4, first, K4, 1, F32, 0);
  let panel = chunk.queries + <usize>(first >> 2) * chunk.queryStep;
  for (let i = first; i < first + count; i += 4, panel += chunk.queryStep) {
    f32_pack_a_4(rows.q + <usize>i * row, panel, min(4, first + count - i), K4, K4, 0, F32, 0);
    for (let key: usize = 0, b = chunk.keys; key < <usize>first; key += 8, b += keyPanel) {
      scoreTile(panel, b, K4, rows.ones, 0, panel + ((<usize>K4 + key) << 4));
    }
    for (let c: usize = 0; c < row; c += 4) {
      const at = panel + (c << 2);
      v128.store(at, f32x4.mul(v128.load(at), v128.load32_splat(rows.carry + c)));
    }
  }
}

function runUnit(call: usize, unit: usize, scratch: usize): void {
  const kStep = callStateKStep(call), vStep = callStateVStep(call), size = callChunk(call), steps = unitSteps(unit);
  const keyStep = callKeyStep(call), valueStep = callValueStep(call);
  const chunk = chunkAt(scratch, callK(call), unitColumns(unit), size), rows = vectorRowsAt(chunk, call);
  loadState(chunk, unitInitial(unit), kStep, vStep);
  for (let t = 0; t < steps; t += size) {
    const q = unitQ(unit) + <usize>t * keyStep, k = unitK(unit) + <usize>t * keyStep, valueAt = <usize>t * valueStep;
    const gate = unitGate(unit) + <usize>t * callGateStep(call);
    chunk.steps = min(size, steps - t);
    clearSums(rows.kind, rows.sums, chunk.K4);
    fillRow(rows.carry, chunk.K4, 1);
    for (let first = 0; first < chunk.steps; first += BLOCK) {
      const count = min(BLOCK, chunk.steps - first);
      loadBlock(chunk, rows, call, q, k, gate, first, count);
      scoreWithin(chunk, rows, first, count, unitBonus(unit));
      decayQueries(chunk, rows, first, count);
      finishQueries(chunk, rows, first, count);
      decayKeys(chunk, rows, first, count);
    }
    f32_pack_a_4(rows.k, chunk.carried, chunk.K4, chunk.steps, chunk.K4, 1, F32, 0);
    stepFactors(rows.kind, rows.sums, true, chunk.K4, chunk.factors);
    loadValues(chunk, unitV(unit) + valueAt, valueStep);
    writeOutputs(chunk, unitO(unit) + valueAt, valueStep, 1);
    carryState(chunk);
  }
  storeState(chunk, unitState(unit), kStep, vStep);
}

/** Units first .. first + count - 1, records of common/gated-layout.ts; scratch: f32_vector_gate_scratch bytes. */
export function f32_vector_gate(call: usize, units: usize, first: i32, count: i32, scratch: usize): void {
  for (let i = first; i < first + count; i++) runUnit(call, units + <usize>(i * UNIT_BYTES), scratch);
}
