// Causal linear attention over a few tokens, which every pass of the additive recurrence comes down to once the gates are in
// its operands:
//
//   out_t = a_t M + sum over s <= t of (a_t . b_s) c_s,   M += sum over s of b_s^T c_s
//
// A pass that goes back in time gives the rows in reverse, with negative steps. M [da, dc] is kept as panels of 8 columns,
// [da][8], which is how gemmTile reads it and writes it.

import { gemmEdgeTile, gemmTile } from "./gemm-tile";
import { transpose4x4 } from "./transpose";
import { F32 } from "./storage";
import { roundUp8 } from "./additive-layout";
import { f32_pack_a_4, f32_pack_b_8 } from "../matmul/f32-pack";

/** Which terms of the product a call takes. */
export const WITHIN: i32 = 1;
export const READ: i32 = 2;
export const UPDATE: i32 = 4;
export const ALL: i32 = 7;

// @ts-ignore: decorator
@inline
function tile(a: usize, b: usize, k: i32, c: usize, step: usize, rows: i32, columns: i32, add: bool, spare: usize): void {
  if (rows == 4 && columns == 8) gemmTile<f32>(a, b, k, c, step, add);
  else gemmEdgeTile<f32>(a, b, k, c, step, rows, columns, add, spare);
}

/** Scores of four rows against the tokens up to them, as a packed left operand [s][4 rows], later tokens masked. */
function scores(a: usize, b: usize, row: i32, da: i32, to: usize, spare: usize): void {
  for (let s = 0; s < row + 4; s += 8, b += <usize>da << 5, to += 128) {
    gemmTile<f32>(a, b, da, spare, 32, false);
    transpose4x4(spare, 32, to, 16);
    transpose4x4(spare + 16, 32, to + 64, 16);
  }
  // The last whole block of four tokens is that of the rows themselves; the loop may have gone one block past it.
  const own = row & 4 ? to - 64 : to - 128;
  store<f32>(own, 0, 16);
  store<u64>(own, 0, 32);
  store<u64>(own, 0, 48);
  store<f32>(own, 0, 56);
}

/** The whole product over one token. */
function single(a: usize, b: usize, c: usize, out: usize, da: i32, dc: i32, state: usize, spare: usize): void {
  for (let column = 0; column < dc; column += 8, c += 32, out += 32) {
    const columns = min(8, dc - column);
    memory.fill(spare, 0, 32);
    memory.copy(spare, c, <usize>columns << 2);
    const c0 = v128.load(spare), c1 = v128.load(spare, 16);
    let sum0 = f32x4.splat(0), sum1 = sum0;
    for (let i: usize = 0; i < <usize>da << 2; i += 4, state += 32) {
      const factor = v128.load32_splat(b + i);
      const next0 = f32x4.add(v128.load(state), f32x4.mul(factor, c0));
      const next1 = f32x4.add(v128.load(state, 16), f32x4.mul(factor, c1));
      const query = v128.load32_splat(a + i);
      sum0 = f32x4.add(sum0, f32x4.mul(query, next0));
      sum1 = f32x4.add(sum1, f32x4.mul(query, next1));
      v128.store(state, next0);
      v128.store(state, next1, 16);
    }
    v128.store(spare, sum0);
    v128.store(spare, sum1, 16);
    memory.copy(out, spare, <usize>columns << 2);
  }
}

/**
 * n <= 64 rows of a, b [da] and c, out [dc], by their steps in bytes; `terms` says which of the sums are taken (READ or WITHIN
 * write out, UPDATE changes M). scratch: productBytes of additive-layout.ts.
 */
export function causalProduct(
  a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStep: usize, out: usize, outStep: usize,
  n: i32, da: i32, dc: i32, state: usize, terms: i32, scratch: usize,
): void {
  if (n == 1 && terms == ALL) {
    single(a, b, c, out, da, dc, state, scratch);
    return;
  }
  const operand = roundUp8(max(da, dc)) * roundUp8(n) << 2;
  const spare = scratch, weights = scratch + 128, keys = weights + 2048, channels = keys + operand;
  let queries = channels + operand, values = queries + operand;
  if (terms & (WITHIN | READ)) f32_pack_a_4(a, queries, n, da, <i32>aStep >> 2, 0, F32, 0);
  if (terms & WITHIN) f32_pack_b_8(b, keys, da, n, <i32>bStep >> 2, 1, F32, 0);
  if (terms & UPDATE) f32_pack_a_4(b, channels, da, n, <i32>bStep >> 2, 1, F32, 0);
  if (terms & (WITHIN | UPDATE)) f32_pack_b_8(c, values, n, dc, <i32>cStep >> 2, 0, F32, 0);
  if (terms & (WITHIN | READ)) {
    for (let row = 0; row < n; row += 4, queries += <usize>da << 4, out += outStep << 2) {
      const rows = min(4, n - row), seen = min(n, row + 4);
      if (terms & WITHIN) scores(queries, keys, row, da, weights, spare);
      for (let column = 0; column < dc; column += 8) {
        const columns = min(8, dc - column), to = out + (<usize>column << 2);
        const valuePanel = values + (<usize>(column * n) << 2), statePanel = state + (<usize>(column * da) << 2);
        if (terms & WITHIN) tile(weights, valuePanel, seen, to, outStep, rows, columns, false, spare);
        if (terms & READ) tile(queries, statePanel, da, to, outStep, rows, columns, (terms & WITHIN) != 0, spare);
      }
    }
  }
  if (!(terms & UPDATE)) return;
  for (let column = 0; column < dc; column += 8, values += <usize>n << 5) {
    let from = channels;
    for (let row = 0; row < da; row += 4, from += <usize>n << 4, state += 128) {
      const rows = min(4, da - row);
      tile(from, values, n, state, 32, rows, 8, true, spare);
      if (rows < 4) state -= <usize>(4 - rows) << 5;
    }
  }
}

/** Row i of M times factor[i]. */
export function scaleRows(state: usize, factor: usize, da: i32, dc: i32): void {
  for (let column = 0; column < dc; column += 8) {
    for (let i: usize = 0; i < <usize>da << 2; i += 4, state += 32) {
      const by = v128.load32_splat(factor + i);
      v128.store(state, f32x4.mul(v128.load(state), by));
      v128.store(state, f32x4.mul(v128.load(state, 16), by), 16);
    }
  }
}

/** Column j of M times factor[j]; factor holds a multiple of 8. */
export function scaleColumns(state: usize, factor: usize, da: i32, dc: i32): void {
  for (let column = 0; column < dc; column += 8, factor += 32) {
    const by0 = v128.load(factor), by1 = v128.load(factor, 16);
    for (const end = state + (<usize>da << 5); state < end; state += 32) {
      v128.store(state, f32x4.mul(v128.load(state), by0));
      v128.store(state, f32x4.mul(v128.load(state, 16), by1), 16);
    }
  }
}
