// The decays among the steps of a chunk where all channels share one gate: products in f64, so that a slow decay is as exact after
// 256 steps as after one, a factor of 0 ends everything before it and signs need no account of their own.

import { GATE_LOG, GATE_NONE } from "./gated-layout";

/** What a step keeps of the state. */
// @ts-ignore: decorator
@inline
export function factorOf(kind: i32, gate: usize): f64 {
  if (kind == GATE_NONE) return 1;
  const x = <f64>load<f32>(gate);
  return kind == GATE_LOG ? Math.exp(x) : x;
}

/** Bytes at `row` that scalarDecays needs. */
export function decayRowBytes(size: i32): i32 {
  return size << 3;
}

/** row *= a for `count` f64, count a multiple of 4, and the same as f32 to dst. */
// @ts-ignore: decorator
@inline
function multiplyRow(row: usize, a: f64, count: i32, dst: usize): void {
  const factor = f64x2.splat(a);
  for (const end = row + (<usize>count << 3); row < end; row += 32, dst += 16) {
    const low = f64x2.mul(v128.load(row), factor), high = f64x2.mul(v128.load(row, 16), factor);
    v128.store(row, low);
    v128.store(row, high, 16);
    v128.store(dst, i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2));
  }
}

/**
 * decays [n, size]: row i holds the product of the factors of steps j + 1 .. i at j <= i, and 0 up to the next multiple of 8;
 * carryIn [n]: the products of steps 0 .. i. `step`: bytes from one gate to the next. @returns the product of all
 */
export function scalarDecays(
  kind: i32, gate: usize, step: usize, n: i32, size: i32, decays: usize, carryIn: usize, row: usize,
): f64 {
  memory.fill(row, 0, <usize>size << 3);
  let carry: f64 = 1, a: f64 = 1;
  for (let i = 0; i < n; i++, gate += step, decays += <usize>size << 2, carryIn += 4) {
    if (i == 0 || step) a = factorOf(kind, gate);
    multiplyRow(row, a, (i + 8) & ~7, decays);
    store<f64>(row + (<usize>i << 3), 1);
    store<f32>(decays + (<usize>i << 2), 1);
    carry *= a;
    store<f32>(carryIn, <f32>carry);
  }
  return carry;
}
