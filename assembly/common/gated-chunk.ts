// What one chunk of a gated recurrence works on, and its two products that meet the state. All operands lie packed for gemm-tile.ts,
// and each output is a single product over channels and steps together:
//
//   o row block   = [ carried queries | weighted scores ] x [ state ]        K4 + C values of the inner dimension
//                                                           [ values ]
//   state         = a state + [ carried keys ]^T x values
//
// K4 is K rounded up to 4, C the chunk. The state is kept with what its roundings lost (two-sum, Knuth 1969), so that chunks may go on
// for ever: without it a state that does not decay gathers one rounding per chunk.

import { scaleRow } from "./delta-rows";
import { fma } from "./fma";
import { gemmTile } from "./gemm-tile";
import { PANEL_COLUMNS, PANEL_ROW, panelsOf, panelsToRow, panelsToState, rowToPanels, stateToPanels } from "./recurrence-panels";

@unmanaged
export class Chunk {
  K: i32; K4: i32; V: i32; size: i32;
  /** Steps of the chunk at hand. */
  steps: i32;
  /** Steps for which the decays were last made, where they stay the same; 0: none. */
  decayedSteps: i32;
  /** Panels of 4 rows, [K4 + C, 4] each, queryStep bytes apart: queries, and from row K4 on scores. */
  queries: usize; queryStep: usize;
  /** Panels of 8 keys, [K, 8] or [K4, 8] each. */
  keys: usize;
  /** Panels of 4 channels, [steps, 4] each: keys weighted by their decay to the end of the chunk. */
  carried: usize;
  /** Panels of 8 columns, [K4 + C, 8] each, columnStep bytes apart: the state, and from row K4 on the values. */
  columns: usize; columnStep: usize;
  /** What the state's roundings lost, panels of [K4, 8]. */
  lost: usize;
  /** How the state decays over the chunk: change [K4], keep [K4] of gated-factors.ts. */
  factors: usize;
  /** Panels of [size, 8]: outputs. */
  outputs: usize;
  /** Room for what one core needs besides. */
  rest: usize;
}

/** Bytes of a chunk's record and arrays, without `rest`. */
export function chunkBytes(K: i32, V: i32, size: i32): i32 {
  const K4 = (K + 3) & ~3, inner = K4 + size, panels = panelsOf(V);
  return <i32>offsetof<Chunk>() + 16
    + ((size * inner + size * K4 + size * K4 + panels * PANEL_COLUMNS * (inner + K4 + size) + 2 * K4) << 2);
}

/** Lays out a chunk at `scratch`. */
export function chunkAt(scratch: usize, K: i32, V: i32, size: i32): Chunk {
  const chunk = changetype<Chunk>(scratch);
  const K4 = (K + 3) & ~3, inner = <usize>(K4 + size), panels = <usize>panelsOf(V);
  chunk.K = K;
  chunk.K4 = K4;
  chunk.V = V;
  chunk.size = size;
  chunk.decayedSteps = 0;
  chunk.queryStep = inner << 4;
  chunk.columnStep = inner << 5;
  chunk.queries = (scratch + offsetof<Chunk>() + 15) & ~15;
  chunk.keys = chunk.queries + (chunk.queryStep * size >> 2);
  chunk.carried = chunk.keys + (<usize>(size * K4) << 2);
  chunk.columns = chunk.carried + (<usize>(size * K4) << 2);
  chunk.lost = chunk.columns + panels * chunk.columnStep;
  chunk.factors = chunk.lost + panels * (<usize>K4 << 5);
  chunk.outputs = chunk.factors + (<usize>K4 << 3);
  chunk.rest = chunk.outputs + panels * (<usize>size << 5);
  return chunk;
}

export function loadState(chunk: Chunk, src: usize, kStep: usize, vStep: usize): void {
  stateToPanels(src, kStep, vStep, chunk.K, chunk.V, chunk.columns, chunk.columnStep);
  memory.fill(chunk.lost, 0, <usize>panelsOf(chunk.V) * (<usize>chunk.K4 << 5));
}

export function storeState(chunk: Chunk, dst: usize, kStep: usize, vStep: usize): void {
  panelsToState(chunk.columns, chunk.columnStep, chunk.K, chunk.V, dst, kStep, vStep);
}

/** The values of the chunk's steps, rows `step` bytes apart. */
export function loadValues(chunk: Chunk, v: usize, step: usize): void {
  let to = chunk.columns + (<usize>chunk.K4 << 5);
  for (let t = 0; t < chunk.steps; t++, v += step, to += PANEL_ROW) rowToPanels(v, chunk.V, to, chunk.columnStep);
}

/**
 * o = scale [carried queries | scores] [state; values], rows `step` bytes apart. Panels of columns are gathered first: a panel's rows
 * alone are half a cache line each and may all fall into one set of the cache.
 */
export function writeOutputs(chunk: Chunk, o: usize, step: usize, scale: f32): void {
  const rows = chunk.steps, panelStep = <usize>chunk.size << 5;
  for (let p = 0, panels = panelsOf(chunk.V), b = chunk.columns, to = chunk.outputs; p < panels; p++, b += chunk.columnStep) {
    let a = chunk.queries, tile = to;
    for (let row = 0; row < rows; row += 4, a += chunk.queryStep, tile += 4 * PANEL_ROW) {
      // No row of the block sees a step behind its last one.
      gemmTile<f32>(a, b, chunk.K4 + min(row + 4, rows), tile, PANEL_ROW, false);
    }
    if (scale != 1) scaleRow(to, to, rows * PANEL_COLUMNS, scale);
    to += panelStep;
  }
  for (let row = 0, from = chunk.outputs; row < rows; row++, from += PANEL_ROW, o += step) panelsToRow(from, panelStep, o, chunk.V);
}

/**
 * Four columns of the state: s + lost becomes a (s + lost) + x. What is lost decays only where it is still of any weight. `whole`:
 * all channels keep their state, so there is nothing to mask.
 *
 * The sum's rounding is found as if the state were the larger part (Dekker 1971). Where the change is, the state is about to be
 * forgotten or is crossing zero, and one rounding of the change stays, which does not gather as those of the state would.
 */
// @ts-ignore: decorator
@inline
function carryVector(whole: bool, s: usize, lost: usize, x: v128, change: v128, keep: v128): void {
  const old = v128.load(s), base = whole ? old : v128.and(old, keep);
  const y = fma(change, old, f32x4.add(x, whole ? v128.load(lost) : v128.and(v128.load(lost), keep)));
  const sum = f32x4.add(base, y);
  v128.store(s, sum);
  v128.store(lost, f32x4.sub(y, f32x4.sub(sum, base)));
}

// @ts-ignore: decorator
@inline
function carryRow(whole: bool, s: usize, lost: usize, low: v128, high: v128, factors: usize, masks: usize): void {
  const change = v128.load32_splat(factors), keep = whole ? change : v128.load32_splat(factors + masks);
  carryVector(whole, s, lost, low, change, keep);
  carryVector(whole, s + 16, lost + 16, high, change, keep);
}

/** Four channels by eight columns of the state: the sum over the steps of keys [steps, 4] and values [steps, 8] joins them. */
// @ts-ignore: decorator
@inline
function carryTile(
  whole: bool, keys: usize, values: usize, steps: i32, s: usize, lost: usize, factors: usize, masks: usize,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let i: usize = 0, end = <usize>steps << 4; i < end; i += 16) {
    const rows = keys + i, columns = values + (i << 1);
    const b0 = v128.load(columns), b1 = v128.load(columns, 16);
    let x = v128.load32_splat(rows);
    c00 = fma(x, b0, c00);
    c01 = fma(x, b1, c01);
    x = v128.load32_splat(rows, 4);
    c10 = fma(x, b0, c10);
    c11 = fma(x, b1, c11);
    x = v128.load32_splat(rows, 8);
    c20 = fma(x, b0, c20);
    c21 = fma(x, b1, c21);
    x = v128.load32_splat(rows, 12);
    c30 = fma(x, b0, c30);
    c31 = fma(x, b1, c31);
  }
  carryRow(whole, s, lost, c00, c01, factors, masks);
  carryRow(whole, s + 32, lost + 32, c10, c11, factors + 4, masks);
  carryRow(whole, s + 64, lost + 64, c20, c21, factors + 8, masks);
  carryRow(whole, s + 96, lost + 96, c30, c31, factors + 12, masks);
}

function carryWhole(keys: usize, values: usize, steps: i32, s: usize, lost: usize, factors: usize, masks: usize): void {
  carryTile(true, keys, values, steps, s, lost, factors, masks);
}

function carryAny(keys: usize, values: usize, steps: i32, s: usize, lost: usize, factors: usize, masks: usize): void {
  carryTile(false, keys, values, steps, s, lost, factors, masks);
}

/** Whether no channel loses more than half of its state over the chunk. */
function keepsAll(chunk: Chunk): bool {
  let all = i32x4.splat(-1);
  for (let at = chunk.factors + (<usize>chunk.K4 << 2), end = at + (<usize>chunk.K4 << 2); at < end; at += 16) {
    all = v128.and(all, v128.load(at));
  }
  return i32x4.all_true(all);
}

/** state = a state + carried^T values */
export function carryState(chunk: Chunk): void {
  const steps = chunk.steps, masks = <usize>chunk.K4 << 2, whole = keepsAll(chunk);
  const panel = <usize>steps << 4, panels = panelsOf(chunk.V);
  for (let p = 0, b = chunk.columns, lost = chunk.lost; p < panels; p++, b += chunk.columnStep) {
    const values = b + (<usize>chunk.K4 << 5);
    for (let c: usize = 0, a = chunk.carried; c < masks; c += 16, a += panel, lost += 128) {
      if (whole) carryWhole(a, values, steps, b + (c << 3), lost, chunk.factors + c, masks);
      else carryAny(a, values, steps, b + (c << 3), lost, chunk.factors + c, masks);
    }
  }
}
