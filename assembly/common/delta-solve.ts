// (I + A) X = R for panels of 8 columns, A_ij = beta_i scores_ij strictly lower: four rows at a time, what is above them by a tile
// product, the triangle among them by hand. The backward pass solves with the transpose, from the last row up.

import { fma } from "./fma";
import { gemmTile } from "./gemm-tile";
import { DeltaSpace, roundUp4 } from "./delta-space";
import { transpose4x4 } from "./transpose";

/** Bytes from one panel of four rows of `lower` to the next. */
// @ts-ignore: decorator
@inline
function lowerStep(space: DeltaSpace): usize {
  return <usize>space.most << 4;
}

/** lower = -A as panels of four rows. */
export function packLower(space: DeltaSpace): void {
  const step = <usize>space.most << 2, count = space.count;
  for (let i = 0; i < count; i += 4) {
    const rows = space.scores + <usize>i * step, to = space.lower + <usize>(i >> 2) * lowerStep(space);
    const factors = f32x4.neg(v128.load(space.beta + (<usize>i << 2)));
    for (let j = 0; j < i + 4; j += 4) {
      const at = to + (<usize>j << 4);
      transpose4x4(rows + (<usize>j << 2), step, at, 16);
      for (let l: usize = 0; l < 64; l += 16) v128.store(at + l, f32x4.mul(factors, v128.load(at + l)));
    }
  }
}

/** The same for the transpose: rows j .. j + 3 hold -A_ij for all i. */
export function packLowerTransposed(space: DeltaSpace): void {
  const step = <usize>space.most << 2, count = space.count;
  for (let j = 0; j < count; j += 4) {
    let from = space.scores + <usize>j * step + (<usize>j << 2), to = space.lower + <usize>(j >> 2) * lowerStep(space) + (<usize>j << 4);
    for (let i = j; i < count; i++, from += step, to += 16) {
      v128.store(to, f32x4.mul(f32x4.splat(-load<f32>(space.beta + (<usize>i << 2))), v128.load(from)));
    }
  }
}

/** row += factor times another row of the panel. */
// @ts-ignore: decorator
@inline
function addRow(row: usize, factor: usize, other: usize): void {
  const x = v128.load32_splat(factor);
  v128.store(row, fma(x, v128.load(other), v128.load(row)));
  v128.store(row, fma(x, v128.load(other, 16), v128.load(row, 16)), 16);
}

/** X over R in one panel, with `lower` from packLower; rows up to a multiple of 4 exist. */
export function solvePanel(space: DeltaSpace, panel: usize): void {
  let lower = space.lower;
  for (let i = 0; i < space.count; i += 4, lower += lowerStep(space)) {
    const row = panel + (<usize>i << 5), triangle = lower + (<usize>i << 4);
    if (i > 0) gemmTile<f32>(lower, panel, i, row, 32, true);
    addRow(row + 32, triangle + 4, row);
    addRow(row + 64, triangle + 8, row);
    addRow(row + 64, triangle + 24, row + 32);
    addRow(row + 96, triangle + 12, row);
    addRow(row + 96, triangle + 28, row + 32);
    addRow(row + 96, triangle + 44, row + 64);
  }
}

/** (I + A)^T Z = X in place, with `lower` from packLowerTransposed. */
export function solvePanelTransposed(space: DeltaSpace, panel: usize): void {
  const count = space.count;
  for (let j = roundUp4(count) - 4; j >= 0; j -= 4) {
    const lower = space.lower + <usize>(j >> 2) * lowerStep(space), row = panel + (<usize>j << 5);
    const below = j + 4;
    if (below < count) gemmTile<f32>(lower + (<usize>below << 4), panel + (<usize>below << 5), count - below, row, 32, true);
    const triangle = lower + (<usize>j << 4);
    // Rows past the chunk are zeros in the panel, but their factors were never written.
    if (j + 3 < count) addTriangleRow(row, triangle + 48, row + 96, 3);
    if (j + 2 < count) addTriangleRow(row, triangle + 32, row + 64, 2);
    if (j + 1 < count) addTriangleRow(row, triangle + 16, row + 32, 1);
  }
}

/** Rows 0 .. count - 1 of the four get their share of a lower one. */
// @ts-ignore: decorator
@inline
function addTriangleRow(row: usize, factors: usize, other: usize, count: i32): void {
  for (let l = 0; l < count; l++, row += 32, factors += 4) addRow(row, factors, other);
}
