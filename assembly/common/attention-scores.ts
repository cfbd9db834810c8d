// Scores of one tile: keys [first, last) of a tile of keys against a panel of 8 query rows, stored key by key:
//
//   s: key first: row0 .. row7 | key first + 1: row0 .. row7 | ...
//
// so a maximum or a sum over keys is a plain vector operation, and the tile is already the packed operand of P V.

import { tanh4 } from "./expm1";
import { gemmTile } from "./gemm-tile";
import {
  optionBiasKeyStep, optionBiasRowStep, optionCap, optionHasSlopes, optionLeft, optionRight, unitBias,
  unitRows, unitSlope,
} from "./attention-layout";

/** Keys of a tile: 64 keys and values of 64 channels fill one first-level cache. */
export const TILE_KEYS: i32 = 64;
/** Query rows of a panel. */
export const PANEL_ROWS: i32 = 8;

/** s = K q for keys [first, last): `keys` packed by fours, `panel` the 8 (scaled) rows; first is a multiple of 4. */
export function scoreTile(keys: usize, panel: usize, d: i32, first: i32, last: i32, s: usize): void {
  const step = <usize>d << 4;
  keys += <usize>(first >> 2) * step;
  for (let j = first; j < last; j += 4, keys += step, s += 128) gemmTile<f32>(keys, panel, d, s, 32, false);
}

/** c tanh(x / c). */
// @ts-ignore: decorator
@inline
export function softCap(x: v128, cap: v128, inverse: v128): v128 {
  return f32x4.mul(cap, tanh4(f32x4.mul(x, inverse)));
}

/** The soft-cap, alone, because the backward pass needs the scores at this point. */
export function capScores(options: usize, s: usize, count: i32): void {
  const c = optionCap(options);
  if (c == 0) return;
  const cap = f32x4.splat(c), inverse = f32x4.splat(1 / c);
  for (const end = s + (<usize>count << 5); s < end; s += 16) v128.store(s, softCap(v128.load(s), cap, inverse));
}

/** Adds the bias of rows [row, ...) of the unit and keys [key, key + count). */
export function addBias(options: usize, unit: usize, row: i32, key: i32, s: usize, count: i32): void {
  if (!unitBias(unit)) return;
  const rowStep = optionBiasRowStep(options), keyStep = optionBiasKeyStep(options);
  const rows = min(PANEL_ROWS, unitRows(unit) - row);
  const bias = unitBias(unit) + <usize>row * rowStep + <usize>key * keyStep;
  for (let j = 0; j < count; j++) {
    let from = bias + <usize>j * keyStep;
    for (let r = 0, to = s + (<usize>j << 5); r < rows; r++, to += 4, from += rowStep) {
      store<f32>(to, load<f32>(to) + load<f32>(from));
    }
  }
}

/** Adds -slope |position - key|. */
export function addSlopes(options: usize, unit: usize, position: i32, key: i32, s: usize, count: i32): void {
  if (!optionHasSlopes(options)) return;
  const slope = f32x4.splat(unitSlope(unit)), one = f32x4.splat(1);
  let lo = f32x4.add(f32x4.splat(<f32>(position - key)), f32x4(0, 1, 2, 3));
  let hi = f32x4.add(lo, f32x4.splat(4));
  for (const end = s + (<usize>count << 5); s < end; s += 32) {
    v128.store(s, f32x4.sub(v128.load(s), f32x4.mul(slope, f32x4.abs(lo))));
    v128.store(s, f32x4.sub(v128.load(s, 16), f32x4.mul(slope, f32x4.abs(hi))), 16);
    lo = f32x4.sub(lo, one);
    hi = f32x4.sub(hi, one);
  }
}

/** -inf where a row may not see a key; does nothing when every row of the panel sees every key. */
export function maskScores(options: usize, position: i32, key: i32, s: usize, count: i32): void {
  const left = optionLeft(options), right = optionRight(options);
  const seesLast = key + count - 1 <= position + right, seesFirst = key >= position + PANEL_ROWS - 1 - left;
  if (seesLast && seesFirst) return;
  const rows = i32x4.add(i32x4.splat(position), i32x4(0, 1, 2, 3));
  const four = i32x4.splat(4), hidden = f32x4.splat(-f32.MAX_VALUE * 2);
  const maxLo = i32x4.add(rows, i32x4.splat(right)), maxHi = i32x4.add(maxLo, four);
  const minLo = i32x4.sub(rows, i32x4.splat(left)), minHi = i32x4.add(minLo, four);
  for (let j = key; j < key + count; j++, s += 32) {
    const at = i32x4.splat(j);
    const lo = v128.and(i32x4.le_s(at, maxLo), i32x4.ge_s(at, minLo));
    const hi = v128.and(i32x4.le_s(at, maxHi), i32x4.ge_s(at, minHi));
    v128.store(s, v128.bitselect(v128.load(s), hidden, lo));
    v128.store(s, v128.bitselect(v128.load(s, 16), hidden, hi), 16);
  }
}
