// One chunk of the delta rule through the state, panel by panel of 8 value columns: WY form (Yang et al. 2024), solved for each
// panel instead of forming the inverse, since the state comes by in order.
//
//   E = V - kIn S      (I + A) X = beta E      O = qIn S + reads X      S' = carry S + kOut^T X

import { DeltaSpace, roundUp4 } from "./delta-space";
import { carryRows } from "./delta-carry";
import { gatherRows } from "./delta-gather";
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
  if (space.isVector) scoreVectorChunk(space);
  else scoreChunk(space);
  const past = <usize>(roundUp4(count) - count) << 2;
  memory.fill(space.beta + (<usize>count << 2), 0, past);
  memory.fill(space.scores + (<usize>(count * space.most) << 2), 0, past * space.most);
  packLower(space);
  f32_pack_a_4(space.kIn, space.kInRows, count, channels, channels, 0, F32, 0);
  f32_pack_a_4(space.qIn, space.qInRows, space.rows, channels, channels, 0, F32, 0);
  f32_pack_a_4(space.kOut, space.kOutChannels, channels, count, channels, 1, F32, 0);
  f32_pack_a_4(space.reads, space.readRows, space.rows, count, space.most, 0, F32, 0);
}

/** errors = V - kIn S where `errors` holds kIn S; V lies in `values` panels; rows past the chunk stay 0. */
// @ts-ignore: decorator
@inline
function errorsOf(count: i32, values: usize, errors: usize): void {
  for (const end = errors + <usize>count * PANEL_ROW; errors < end; errors += PANEL_ROW, values += PANEL_ROW) {
    v128.store(errors, f32x4.sub(v128.load(values), v128.load(errors)));
    v128.store(errors, f32x4.sub(v128.load(values, 16), v128.load(errors, 16)), 16);
  }
}

/** dst = beta src, row by row. */
export function scaleByStrength(space: DeltaSpace, src: usize, dst: usize): void {
  for (let m: usize = 0; m < <usize>space.count; m++, src += PANEL_ROW, dst += PANEL_ROW) {
    const beta = v128.load32_splat(space.beta + (m << 2));
    v128.store(dst, f32x4.mul(beta, v128.load(src)));
    v128.store(dst, f32x4.mul(beta, v128.load(src, 16)), 16);
  }
}

/** `errors` = V - kIn S, and X over V in `values`. */
export function writePanel(space: DeltaSpace, state: usize, values: usize, errors: usize): void {
  const count = space.count;
  panelProduct(space.kInRows, count, space.channels, state, errors, false);
  errorsOf(count, values, errors);
  memory.fill(values + <usize>count * PANEL_ROW, 0, <usize>(roundUp4(count) - count) * PANEL_ROW);
  scaleByStrength(space, errors, values);
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
  panelProduct(space.kOutChannels, channels, space.count, values, state, true);
}

/** outputs = qIn S + reads X; a row reads no further than its own micro-step. */
export function readPanel(space: DeltaSpace, state: usize, values: usize, outputs: usize): void {
  const rows = space.rows, step = <usize>space.count << 4;
  panelProduct(space.qInRows, rows, space.channels, state, outputs, false);
  let a = space.readRows;
  for (let r = 0; r < rows; r += 4, a += step, outputs += 4 * PANEL_ROW) {
    const k = min(space.count, space.firstRead + (r + 3) * space.steps + 1);
    gemmTile<f32>(a, values, k, outputs, 32, true);
  }
}

