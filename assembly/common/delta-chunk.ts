// One chunk of the delta rule through the state, panel by panel of 8 value columns: WY form (Yang et al. 2024), solved for each
// panel instead of forming the inverse, since the state comes by in order.
//
//   E = V - kIn S      (I + A) X = beta E      O = qIn S + reads X      S' = carry S + kOut^T X

import { DeltaSpace, readAfter, roundUp4 } from "./delta-space";
import { carryRows } from "./delta-carry";
import { gatherRows } from "./delta-gather";
import { zeroRow } from "./delta-rows";
import { scoreChunk } from "./delta-scores";
import { scoreVectorChunk } from "./delta-vector-scores";
import { packLower, solvePanel } from "./delta-solve";
import { gemmTile } from "./gemm-tile";
import { PANEL_ROW } from "./recurrence-panels";
import { F32 } from "./storage";
import { f32_pack_a_4 } from "../matmul/f32-pack";

/** c (+)= a B for all tiles of rows of one panel. */
export function panelProduct(a: usize, rows: i32, k: i32, panel: usize, c: usize, accumulate: bool): void {
  const step = <usize>k << 4;
  for (let row = 0; row < rows; row += 4, a += step, c += 4 * PANEL_ROW) gemmTile<f32>(a, panel, k, c, 32, accumulate);
}

/** Everything of a chunk that its values and the state have no part in. */
export function prepareChunk(call: usize, unit: usize, space: DeltaSpace): void {
  const channels = space.channels, count = space.count;
  gatherRows(call, unit, space);
  carryRows(call, unit, space);
  if (space.isVector) {
    scoreVectorChunk(space);
    f32_pack_a_4(space.kIn, space.kInRows, count, channels, channels, 0, F32, 0);
    f32_pack_a_4(space.qIn, space.qInRows, space.rows, channels, channels, 0, F32, 0);
  } else scoreChunk(space);
  // Rows of zeros fill the last four.
  for (let m = count; m < roundUp4(count); m++) {
    store<f32>(space.beta + (<usize>m << 2), 0);
    zeroRow(space.scores + (<usize>(m * space.most) << 2), 0, space.most);
  }
  packLower(space);
  f32_pack_a_4(space.kOut, space.kOutChannels, channels, count, channels, 1, F32, 0);
  f32_pack_a_4(space.reads, space.readRows, space.rows, count, space.most, 0, F32, 0);
}

/** Row m of dst = factors[m] row m of src, for `rows` rows of a panel. */
export function scalePanel(factors: usize, src: usize, dst: usize, rows: i32): void {
  for (const end = dst + <usize>rows * PANEL_ROW; dst < end; dst += PANEL_ROW, src += PANEL_ROW, factors += 4) {
    const x = v128.load32_splat(factors);
    v128.store(dst, f32x4.mul(x, v128.load(src)));
    v128.store(dst, f32x4.mul(x, v128.load(src, 16)), 16);
  }
}

/** Rows of a panel times the decay to the chunk's end, where that is one number per row; otherwise the panel itself. */
function decayedToEnd(space: DeltaSpace, panel: usize): usize {
  if (!space.isShared) return panel;
  scalePanel(space.outFactors, panel, space.scaled, space.count);
  return space.scaled;
}

/** errors = V - kIn S, values = beta errors; on entry the errors hold kIn S and the values V. */
function errorsOf(space: DeltaSpace, values: usize, errors: usize): void {
  if (space.isShared) scalePanel(space.inFactors, errors, errors, space.count);
  let beta = space.beta;
  for (const end = errors + <usize>space.count * PANEL_ROW; errors < end; errors += PANEL_ROW, values += PANEL_ROW, beta += 4) {
    const x = v128.load32_splat(beta);
    const e0 = f32x4.sub(v128.load(values), v128.load(errors)), e1 = f32x4.sub(v128.load(values, 16), v128.load(errors, 16));
    v128.store(errors, e0);
    v128.store(errors, e1, 16);
    v128.store(values, f32x4.mul(x, e0));
    v128.store(values, f32x4.mul(x, e1), 16);
  }
}

/** `errors` = V - kIn S, and X over V in `values`, with zeros in rows past the chunk up to a multiple of 4. */
export function writePanel(space: DeltaSpace, state: usize, values: usize, errors: usize): void {
  const count = space.count;
  panelProduct(space.kInRows, count, space.channels, state, errors, false);
  errorsOf(space, values, errors);
  zeroRow(values, count << 3, roundUp4(count) << 3);
  solvePanel(space, values);
}

/** S = carry S + kOut^T X. */
export function movePanel(space: DeltaSpace, state: usize, values: usize): void {
  const channels = space.channels;
  if (space.isGated) {
    for (let d: usize = 0, row = state; d < <usize>channels; d++, row += PANEL_ROW) {
      const factor = v128.load32_splat(space.carry + (d << 2));
      v128.store(row, f32x4.mul(factor, v128.load(row)));
      v128.store(row, f32x4.mul(factor, v128.load(row, 16)), 16);
    }
  }
  panelProduct(space.kOutChannels, channels, space.count, decayedToEnd(space, values), state, true);
}

/** outputs = qIn S + reads X; a row reads no further than its own micro-step. */
export function readPanel(space: DeltaSpace, state: usize, values: usize, outputs: usize): void {
  const rows = space.rows, step = <usize>space.count << 4;
  panelProduct(space.qInRows, rows, space.channels, state, outputs, false);
  if (space.isShared) {
    for (let r = 0, row = outputs; r < rows; r++, row += PANEL_ROW) {
      scalePanel(space.inFactors + (<usize>readAfter(space, r) << 2), row, row, 1);
    }
  }
  let a = space.readRows;
  for (let r = 0; r < rows; r += 4, a += step, outputs += 4 * PANEL_ROW) {
    const k = min(space.count, readAfter(space, r + 3) + 1);
    gemmTile<f32>(a, values, k, outputs, 32, true);
  }
}
