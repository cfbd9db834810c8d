// The gradients of one chunk as far as they are products with the state, the outputs or the values (Yang et al. 2024; the inverse is
// never formed: a solve with the transpose takes its place). With N = -beta Z:
//
//   dX = reads^T dO + kOut dS'         Z = (I + A)^-T dX          dV = -N      dBeta = sum over v of Z E - sum over j of (Z X^T) scores
//   dKIn = N S^T     dQIn = dO S^T     dKOut = X dS'^T            dCarry = sum over v of dS' S
//   dReads = dO X^T  dScores = Z X^T (without -beta)              dS = carry dS' + qIn^T dO + kIn^T N

import { BackSpace } from "./delta-back-space";
import { panelProduct, scalePanel } from "./delta-chunk";
import { DeltaSpace, roundUp4 } from "./delta-space";
import { packLowerTransposed, solvePanelTransposed } from "./delta-solve";
import { fma } from "./fma";
import { gemmTile } from "./gemm-tile";
import { PANEL_ROW, panelsOf } from "./recurrence-panels";
import { F32 } from "./storage";
import { transpose4x4 } from "./transpose";
import { f32_pack_a_4 } from "../matmul/f32-pack";

/** Rows of panels turned so that a product can sum over value columns: groups of `lanes` (4 or 8) rows, column by column. */
function packAlongColumns(panels: usize, panelStep: usize, rows: i32, width: i32, lanes: i32, dst: usize): void {
  const line = <usize>lanes << 2;
  for (let column = 0; column < width; column += 8, panels += panelStep) {
    for (let row = 0; row < rows; row += 4) {
      const from = panels + (<usize>row << 5);
      const to = dst + <usize>(row / lanes) * line * width + <usize>column * line + (<usize>(row % lanes) << 2);
      transpose4x4(from, 32, to, line);
      transpose4x4(from + 16, 32, to + 4 * line, line);
    }
  }
}

/** c = a b over all columns: a by fours of rows, b by eights; c has rows of `step` bytes and room for whole tiles. */
function productOverColumns(a: usize, rows: i32, b: usize, columns: i32, width: i32, c: usize, step: usize): void {
  for (let row = 0; row < rows; row += 4, a += <usize>width << 4, c += step << 2) {
    let right = b, tile = c;
    for (let column = 0; column < columns; column += 8, right += <usize>width << 5, tile += 32) {
      gemmTile<f32>(a, right, width, tile, step, false);
    }
  }
}

/** dX, then Z, in dValues. */
function solveBack(space: DeltaSpace, back: BackSpace, dStates: usize): void {
  const count = space.count, channels = space.channels;
  packLowerTransposed(space);
  f32_pack_a_4(space.kOut, back.keys, count, channels, channels, 0, F32, 0);
  if (space.rows > 0) f32_pack_a_4(space.reads, back.pairs, count, space.rows, space.most, 1, F32, 0);
  for (let p: usize = 0; p < <usize>panelsOf(space.columns); p++) {
    const dValues = back.dValues + p * space.valuePanel;
    panelProduct(back.keys, count, channels, dStates + p * space.statePanel, dValues, false);
    if (space.isShared) scalePanel(space.outFactors, dValues, dValues, count);
    if (space.rows > 0) panelProduct(back.pairs, count, space.rows, back.dOutputs + p * space.valuePanel, dValues, true);
    solvePanelTransposed(space, dValues);
  }
}

/** dBeta as far as the errors go: `errors` lie in the space's outputs, Z in dValues. */
function strengthGradient(space: DeltaSpace, back: BackSpace): void {
  const count = <usize>space.count, panels = <usize>panelsOf(space.columns);
  for (let m: usize = 0; m < count; m++) {
    let sum = f32x4.splat(0);
    for (let p: usize = 0; p < panels; p++) {
      const at = p * space.valuePanel + m * PANEL_ROW, z = back.dValues + at, e = space.outputs + at;
      sum = fma(v128.load(z), v128.load(e), sum);
      sum = fma(v128.load(z, 16), v128.load(e, 16), sum);
    }
    const pair = f32x4.add(sum, i32x4.shuffle(sum, sum, 2, 3, 0, 1));
    store<f32>(back.dBeta + (m << 2), f32x4.extract_lane(pair, 0) + f32x4.extract_lane(pair, 1));
  }
}

/** dCarry[d] = sum over v of dS' S. */
function carryGradient(space: DeltaSpace, back: BackSpace, states: usize, dStates: usize): void {
  for (let d: usize = 0; d < <usize>space.channels; d++) {
    let sum = f32x4.splat(0);
    for (let p: usize = 0; p < <usize>panelsOf(space.columns); p++) {
      const at = p * space.statePanel + d * PANEL_ROW;
      sum = fma(v128.load(states + at), v128.load(dStates + at), sum);
      sum = fma(v128.load(states + at, 16), v128.load(dStates + at, 16), sum);
    }
    const pair = f32x4.add(sum, i32x4.shuffle(sum, sum, 2, 3, 0, 1));
    store<f32>(back.dCarry + (d << 2), f32x4.extract_lane(pair, 0) + f32x4.extract_lane(pair, 1));
  }
}

/** N over Z in dValues. */
function negateByStrength(space: DeltaSpace, back: BackSpace): void {
  const beta = space.beta;
  for (let m: usize = 0; m < <usize>space.count; m++) store<f32>(beta + (m << 2), -load<f32>(beta + (m << 2)));
  for (let p: usize = 0; p < <usize>panelsOf(space.columns); p++) {
    const panel = back.dValues + p * space.valuePanel;
    scalePanel(beta, panel, panel, space.count);
  }
  for (let m: usize = 0; m < <usize>space.count; m++) store<f32>(beta + (m << 2), -load<f32>(beta + (m << 2)));
}

/** Rows of a panel times the decay from the chunk's start, where that is one number per row; they belong to every `step`th micro-step. */
function fromStart(space: DeltaSpace, panel: usize, first: i32, step: i32, rows: i32): usize {
  if (!space.isShared) return panel;
  for (let r = 0, m = first, at: usize = 0; r < rows; r++, m += step, at += PANEL_ROW) {
    scalePanel(space.inFactors + (<usize>m << 2), panel + at, space.scaled + at, 1);
  }
  return space.scaled;
}

/** dS over dS'; N lies in dValues. */
function moveBack(space: DeltaSpace, back: BackSpace, dStates: usize): void {
  const channels = space.channels, count = space.count;
  f32_pack_a_4(space.kIn, back.keys, channels, count, channels, 1, F32, 0);
  if (space.rows > 0) f32_pack_a_4(space.qIn, back.pairs, channels, space.rows, channels, 1, F32, 0);
  for (let p: usize = 0; p < <usize>panelsOf(space.columns); p++) {
    const state = dStates + p * space.statePanel;
    if (space.isGated) {
      for (let d: usize = 0, row = state; d < <usize>channels; d++, row += PANEL_ROW) {
        const factor = v128.load32_splat(space.carry + (d << 2));
        v128.store(row, f32x4.mul(factor, v128.load(row)));
        v128.store(row, f32x4.mul(factor, v128.load(row, 16)), 16);
      }
    }
    panelProduct(back.keys, channels, count, fromStart(space, back.dValues + p * space.valuePanel, 0, 1, count), state, true);
    if (space.rows == 0) continue;
    const dOutputs = fromStart(space, back.dOutputs + p * space.valuePanel, space.firstRead, space.steps, space.rows);
    panelProduct(back.pairs, channels, space.rows, dOutputs, state, true);
  }
}

/**
 * All of the above. Before: the chunk is prepared, X lies in the space's values and E in its outputs, dO in dOutputs with rows up
 * to a multiple of 4. After: dStates holds the gradient of the state before the chunk, dValues holds N.
 */
export function gradientProducts(space: DeltaSpace, back: BackSpace, states: usize, dStates: usize): void {
  const count = roundUp4(space.count), rows = roundUp4(space.rows), channels = roundUp4(space.channels), width = back.width;
  const square = <usize>space.most << 2;
  solveBack(space, back, dStates);
  strengthGradient(space, back);
  // X^T against dO and Z.
  packAlongColumns(space.values, space.valuePanel, count, width, 8, back.right);
  packAlongColumns(back.dOutputs, space.valuePanel, rows, width, 4, back.left);
  productOverColumns(back.left, rows, back.right, count, width, back.dReads, square);
  packAlongColumns(states, space.statePanel, channels, width, 8, back.stateRows);
  productOverColumns(back.left, rows, back.stateRows, channels, width, back.dQIn, back.row);
  packAlongColumns(back.dValues, space.valuePanel, count, width, 4, back.left);
  productOverColumns(back.left, count, back.right, count, width, back.dScores, square);
  negateByStrength(space, back);
  packAlongColumns(back.dValues, space.valuePanel, count, width, 4, back.left);
  productOverColumns(back.left, count, back.stateRows, channels, width, back.dKIn, back.row);
  packAlongColumns(dStates, space.statePanel, channels, width, 8, back.stateRows);
  packAlongColumns(space.values, space.valuePanel, count, width, 4, back.left);
  productOverColumns(back.left, count, back.stateRows, channels, width, back.dKOut, back.row);
  if (space.isGated) carryGradient(space, back, states, dStates);
  moveBack(space, back, dStates);
}
