// Core A in chunks: linear recurrences whose channels share one gate (Qin et al. 2024, Lightning Attention-2; Yang et al. 2024, GLA).
// Inside a chunk the steps meet by a masked product of queries and keys, before it they are summed up in the state.

import { Chunk, carryState, chunkAt, chunkBytes, loadState, loadValues, storeState, writeOutputs } from "../common/gated-chunk";
import {
  callChunk, callGate, callGateStep, callK, callKeyStep, callScale, callStateKStep, callStateVStep, callValueStep,
  unitColumns, unitGate, unitInitial, unitK, unitO, unitQ, unitState, unitSteps, unitV, GATE_NONE, UNIT_BYTES,
} from "../common/gated-layout";
import { decayRowBytes, scalarDecays } from "../common/scalar-decays";
import { scoreTile } from "../common/gated-scores";
import { F32 } from "../common/storage";
import { loadUpTo4 } from "../common/tail";
import { f32_pack_a_4, f32_pack_b_8 } from "../matmul/f32-pack";

/** Scratch bytes that f32_scalar_gate needs for units of up to V columns. */
export function f32_scalar_gate_scratch(K: i32, V: i32, size: i32): i32 {
  return chunkBytes(K, V, size) + ((size * size + size) << 2) + decayRowBytes(size);
}

/** Decays of the chunk: D [size, size], after it the carries into its steps [size]. */
function loadDecays(chunk: Chunk, call: usize, gate: usize): void {
  const steps = chunk.steps, size = chunk.size, gateStep = callGateStep(call);
  if (!gateStep && chunk.decayedSteps == steps) return;
  const decays = chunk.rest, carryIn = decays + (<usize>(size * size) << 2), row = carryIn + (<usize>size << 2);
  const all = scalarDecays(callGate(call), gate, gateStep, steps, size, decays, carryIn, row);
  const keeps = all >= 0.5, change = f32x4.splat(<f32>(keeps ? all - 1 : all)), keep = i32x4.splat(keeps ? -1 : 0);
  for (let at = chunk.factors, masks = <usize>chunk.K4 << 2, end = at + masks; at < end; at += 16) {
    v128.store(at, change);
    v128.store(at + masks, keep);
  }
  chunk.decayedSteps = steps;
}

/** Queries by panels of 4; rows K .. K4 of a panel are 0. */
function loadQueries(chunk: Chunk, q: usize, step: usize): void {
  const K = chunk.K, stride = <i32>step >> 2;
  let panel = chunk.queries;
  for (let row = 0; row < chunk.steps; row += 4, q += step << 2, panel += chunk.queryStep) {
    f32_pack_a_4(q, panel, min(4, chunk.steps - row), K, stride, 0, F32, 0);
    memory.fill(panel + (<usize>K << 4), 0, <usize>(chunk.K4 - K) << 4);
  }
}

/** Keys by panels of 8 for the scores, and by channels with their decay to the end of the chunk for the state. */
function loadKeys(chunk: Chunk, k: usize, step: usize): void {
  const K = chunk.K, steps = chunk.steps, panel = <usize>steps << 4;
  f32_pack_b_8(k, chunk.keys, K, steps, <i32>step >> 2, 1, F32, 0);
  let weight = chunk.rest + (<usize>((steps - 1) * chunk.size) << 2);
  for (let t = 0, to = chunk.carried; t < steps; t++, k += step, to += 16, weight += 4) {
    const w = v128.load32_splat(weight);
    for (let c = 0, from = k, at = to; c < K; c += 4, from += 16, at += panel) {
      v128.store(at, f32x4.mul(w, loadUpTo4(from, K - c)));
    }
  }
}

/** Scores of every row with the steps up to it, and then, if there is any, the queries with the decay from the start of the chunk. */
function weighRows(chunk: Chunk, isGated: bool): void {
  const K = chunk.K, row4 = <usize>chunk.size << 4, keyPanel = <usize>K << 5;
  let carryIn = chunk.rest + (<usize>(chunk.size * chunk.size) << 2);
  let panel = chunk.queries, decays = chunk.rest;
  for (let row = 0; row < chunk.steps; row += 4, panel += chunk.queryStep, decays += row4, carryIn += 16) {
    const scores = panel + (<usize>chunk.K4 << 4);
    for (let key: usize = 0, b = chunk.keys; key <= <usize>row; key += 8, b += keyPanel) {
      scoreTile(panel, b, K, decays + (key << 2), <usize>chunk.size << 2, scores + (key << 4));
    }
    if (!isGated) continue;
    const carry = v128.load(carryIn);
    for (let at = panel, end = panel + (<usize>K << 4); at < end; at += 16) v128.store(at, f32x4.mul(v128.load(at), carry));
  }
}

function runUnit(call: usize, unit: usize, scratch: usize): void {
  const kStep = callStateKStep(call), vStep = callStateVStep(call), size = callChunk(call), steps = unitSteps(unit);
  const keyStep = callKeyStep(call), valueStep = callValueStep(call);
  const chunk = chunkAt(scratch, callK(call), unitColumns(unit), size);
  loadState(chunk, unitInitial(unit), kStep, vStep);
  for (let t = 0; t < steps; t += size) {
    const keyAt = <usize>t * keyStep, valueAt = <usize>t * valueStep;
    chunk.steps = min(size, steps - t);
    loadDecays(chunk, call, unitGate(unit) + <usize>t * callGateStep(call));
    loadQueries(chunk, unitQ(unit) + keyAt, keyStep);
    loadKeys(chunk, unitK(unit) + keyAt, keyStep);
    loadValues(chunk, unitV(unit) + valueAt, valueStep);
    weighRows(chunk, callGate(call) != GATE_NONE);
    writeOutputs(chunk, unitO(unit) + valueAt, valueStep, callScale(call));
    carryState(chunk);
  }
  storeState(chunk, unitState(unit), kStep, vStep);
}

/** Units first .. first + count - 1, records of common/gated-layout.ts; scratch: f32_scalar_gate_scratch bytes. */
export function f32_scalar_gate(call: usize, units: usize, first: i32, count: i32, scratch: usize): void {
  for (let i = first; i < first + count; i++) runUnit(call, units + <usize>(i * UNIT_BYTES), scratch);
}
