// What the chunked delta rule keeps of one chunk of C micro-steps (c of them used, R of them read), all f32:
//
//   key [c][K], query [R][K]  as given, queries times the scale        beta [c]
//   decay [c] or [c][K]       the factor before each micro-step        carry [K]: the decay of the whole chunk
//   inFactors, outFactors [c] the decay from the chunk's start to the row and from the row to its end, where all channels decay alike
//   kIn, qIn, kOut            keys and queries times those decays where they differ by channel; otherwise keys and queries themselves,
//                             and who multiplies by them multiplies rows of values by the factors
//   scores, reads [c][C], [R][C]   sums over d of k_i k_j D_ij and q_i k_j D_ij, masked; rawScores, rawReads without D (where there is one)
//   lower                     -beta_i scores_ij as panels of four rows, which is what the substitution multiplies by
//
// and the packed operands of the products (common/gemm-tile.ts).

import { callChunk, callGate, callGateKStep, callK, callMicroSteps, GATE_NONE } from "./delta-layout";
import { PANEL_ROW, panelsOf } from "./recurrence-panels";

@unmanaged
export class DeltaSpace {
  channels: i32;
  columns: i32;
  /** C, a multiple of 4. */
  most: i32;
  /** Used micro-steps, and rows that are read. */
  count: i32;
  rows: i32;
  /** The first micro-step of the chunk that is read; the others follow every `steps`. */
  firstRead: i32;
  steps: i32;
  /** Micro-steps before the chunk. */
  first: i32;
  isGated: bool;
  isVector: bool;
  /** Gated, and by factors of whole rows. */
  isShared: bool;
  /** Bytes of a panel of the state, and of a panel of values. */
  statePanel: usize;
  valuePanel: usize;

  key: usize;
  query: usize;
  kIn: usize;
  qIn: usize;
  kOut: usize;
  beta: usize;
  decay: usize;
  carry: usize;
  inFactors: usize;
  outFactors: usize;
  scores: usize;
  reads: usize;
  rawScores: usize;
  rawReads: usize;
  lower: usize;
  /** Panels of the values' errors, which become what is written; and of the outputs. */
  values: usize;
  outputs: usize;
  /** A panel of values times factors. */
  scaled: usize;
  /** Packed: kIn and qIn by rows, kOut by channels, reads by rows. */
  kInRows: usize;
  qInRows: usize;
  kOutChannels: usize;
  readRows: usize;
  /** Three blocks of max(C, 8) by K floats, two rows of max(C, K) floats. */
  spare: usize;
  end: usize;
}

// @ts-ignore: decorator
@inline
export function roundUp4(n: i32): i32 {
  return (n + 3) & ~3;
}

/** Lays a space for units of up to `columns` columns out behind its own record at `at`; `end` is where it ends. */
export function placeSpace(at: usize, call: usize, columns: i32): DeltaSpace {
  const space = changetype<DeltaSpace>(at);
  const channels = callK(call), most = callChunk(call), k4 = <usize>roundUp4(channels);
  const keys = (<usize>most * k4) << 2, square = <usize>(most * most) << 2;
  space.channels = channels;
  space.columns = columns;
  space.most = most;
  space.steps = callMicroSteps(call);
  space.isGated = callGate(call) != GATE_NONE;
  space.isVector = space.isGated && callGateKStep(call) != 0;
  space.isShared = space.isGated && !space.isVector;
  space.statePanel = k4 * PANEL_ROW;
  space.valuePanel = <usize>most * PANEL_ROW;
  const values = space.valuePanel * panelsOf(columns);
  let next = at + ((offsetof<DeltaSpace>() + 15) & ~15);
  space.key = next, next += keys;
  space.query = next, next += keys;
  space.kIn = space.isVector ? next : space.key, next += space.isVector ? keys : 0;
  space.qIn = space.isVector ? next : space.query, next += space.isVector ? keys : 0;
  space.kOut = space.isVector ? next : space.key, next += space.isVector ? keys : 0;
  space.beta = next, next += <usize>most << 2;
  space.decay = next, next += space.isVector ? keys : <usize>most << 2;
  space.carry = next, next += k4 << 2;
  space.inFactors = next, next += <usize>most << 2;
  space.outFactors = next, next += <usize>most << 2;
  space.scores = next, next += square;
  space.reads = next, next += square;
  space.rawScores = space.isGated ? next : space.scores, next += space.isGated ? square : 0;
  space.rawReads = space.isGated ? next : space.reads, next += space.isGated ? square : 0;
  space.lower = next, next += square;
  space.values = next, next += values;
  space.outputs = next, next += values;
  space.scaled = next, next += space.valuePanel;
  space.kInRows = next, next += keys;
  space.qInRows = next, next += keys;
  space.kOutChannels = next, next += keys;
  space.readRows = next, next += square;
  space.spare = next, next += 3 * keys + (<usize>max(most, <i32>k4) << 3);
  space.end = next;
  return space;
}

/** Says which micro-steps the chunk holds. */
export function enterChunk(space: DeltaSpace, first: i32, count: i32): void {
  const n = space.steps, firstRead = n - 1 - (first % n);
  space.first = first;
  space.count = count;
  space.firstRead = firstRead;
  space.rows = firstRead < count ? (count - 1 - firstRead) / n + 1 : 0;
}

/** Micro-step of the chunk after which row r is read. */
// @ts-ignore: decorator
@inline
export function readAfter(space: DeltaSpace, r: i32): i32 {
  return space.firstRead + r * space.steps;
}

/** Whether the state decays before micro-step m of the chunk. */
// @ts-ignore: decorator
@inline
export function decaysBefore(space: DeltaSpace, m: i32): bool {
  return space.isGated && (space.first + m) % space.steps == 0;
}
