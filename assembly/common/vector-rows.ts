// Rows of K4 floats: what core B keeps of each step of a chunk, and the small loops over them. K4 is a multiple of 4; channels beyond
// K are 0, factors there 1.

import { exp4 } from "./exp";
import { fma } from "./fma";
import { GATE_LOG } from "./gated-layout";
import { loadUpTo4 } from "./tail";

/** dst [K4] = factor * src [K] */
export function scaleInto(src: usize, dst: usize, K: i32, factor: f32): void {
  for (let c = 0; c < K; c += 4, src += 16, dst += 16) {
    v128.store(dst, f32x4.mul(loadUpTo4(src, K - c), f32x4.splat(factor)));
  }
}

/** dst [K4] = the factors of gates [K]; sums [K4] gathers log-decays, or multiplies factors. */
export function factorsInto(kind: i32, gate: usize, dst: usize, sums: usize, K: i32): void {
  for (let c = 0; c < K; c += 4, gate += 16, dst += 16, sums += 16) {
    const left = K - c;
    let x = loadUpTo4(gate, left);
    if (kind == GATE_LOG) {
      v128.store(sums, f32x4.add(v128.load(sums), x));
      v128.store(dst, exp4(x));
      continue;
    }
    if (left < 4) for (let lane = left; lane < 4; lane++) x = v128.or(x, laneOfOne(lane));
    v128.store(sums, f32x4.mul(v128.load(sums), x));
    v128.store(dst, x);
  }
}

/** 1 in one lane, 0 in the others. */
function laneOfOne(lane: i32): v128 {
  const zero = f32x4.splat(0);
  return lane == 1 ? f32x4.replace_lane(zero, 1, 1) : lane == 2 ? f32x4.replace_lane(zero, 2, 1) : f32x4.replace_lane(zero, 3, 1);
}

/** What sums of `factorsInto` begin with. */
export function clearSums(kind: i32, sums: usize, K4: i32): void {
  fillRow(sums, K4, kind == GATE_LOG ? 0 : 1);
}

/** More sums of `factorsInto` join those at `sums`. */
export function joinSums(kind: i32, sums: usize, more: usize, K4: i32): void {
  for (const end = sums + (<usize>K4 << 2); sums < end; sums += 16, more += 16) {
    const x = v128.load(sums), y = v128.load(more);
    v128.store(sums, kind == GATE_LOG ? f32x4.add(x, y) : f32x4.mul(x, y));
  }
}

export function fillRow(dst: usize, K4: i32, x: f32): void {
  for (const end = dst + (<usize>K4 << 2); dst < end; dst += 16) v128.store(dst, f32x4.splat(x));
}

/** dst [K4] = what sums of `factorsInto` stand for. */
export function sumsToFactors(kind: i32, sums: usize, dst: usize, K4: i32): void {
  for (const end = sums + (<usize>K4 << 2); sums < end; sums += 16, dst += 16) {
    const x = v128.load(sums);
    v128.store(dst, kind == GATE_LOG ? exp4(x) : x);
  }
}

/** x [K4] *= y [K4] */
export function multiplyRow(x: usize, y: usize, K4: i32): void {
  for (const end = x + (<usize>K4 << 2); x < end; x += 16, y += 16) v128.store(x, f32x4.mul(v128.load(x), v128.load(y)));
}

/** sum of x y */
export function dotRows(x: usize, y: usize, K4: i32): f32 {
  let sum = f32x4.splat(0);
  for (const end = x + (<usize>K4 << 2); x < end; x += 16, y += 16) sum = fma(v128.load(x), v128.load(y), sum);
  return lanes(sum);
}

/** sum of x y z; z has K channels and may lie anywhere. */
export function dotRows3(x: usize, y: usize, z: usize, K: i32): f32 {
  let sum = f32x4.splat(0);
  for (let c = 0; c < K; c += 4, x += 16, y += 16, z += 16) {
    sum = fma(f32x4.mul(v128.load(x), v128.load(y)), loadUpTo4(z, K - c), sum);
  }
  return lanes(sum);
}

/** w *= a, then the sum of q w. */
export function decayAndDot(w: usize, a: usize, q: usize, K4: i32): f32 {
  let sum = f32x4.splat(0);
  for (const end = w + (<usize>K4 << 2); w < end; w += 16, a += 16, q += 16) {
    const x = f32x4.mul(v128.load(w), v128.load(a));
    v128.store(w, x);
    sum = fma(v128.load(q), x, sum);
  }
  return lanes(sum);
}

// @ts-ignore: decorator
@inline
function lanes(x: v128): f32 {
  const pairs = f32x4.add(x, i64x2.shuffle(x, x, 1, 0));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}
