// Steps of the selective scan, the one definition that the scan, its backward pass and decoding share. Lanes are states.

import { exp4 } from "./exp";
import { sigmoid4 } from "./expm1";
import { fma } from "./fma";
import { log1p4 } from "./log";
import { loadUpTo4 } from "./tail";

/** Steps of a tile: their step sizes and sums stay in the cache, and states are kept at the starts of tiles. */
export const TILE: i32 = 64;

/** Above it softplus is the identity, as the reference has it. */
const LINEAR: f32 = 20;

/** dt[0, n) = delta + bias, through log(1 + e^x) if asked. Writes whole vectors: dt has room for a tile. */
export function stepSizes(delta: usize, bias: f32, softplus: bool, n: i32, dt: usize): void {
  for (; n > 0; n -= 4, delta += 16, dt += 16) {
    const x = f32x4.add(loadUpTo4(delta, n), f32x4.splat(bias));
    if (!softplus) {
      v128.store(dt, x);
      continue;
    }
    const soft = log1p4(exp4(f32x4.pmin(x, f32x4.splat(LINEAR))));
    v128.store(dt, v128.bitselect(x, soft, f32x4.gt(x, f32x4.splat(LINEAR))));
  }
}

/** The derivative of step sizes by delta for four steps. */
// @ts-ignore: decorator
@inline
export function stepSlopes(delta: v128, bias: f32, softplus: bool): v128 {
  return softplus ? sigmoid4(f32x4.add(delta, f32x4.splat(bias))) : f32x4.splat(1);
}

/**
 * n steps of one channel. Rows of a, b, c, e and h are `bytes` long; b and c advance by their steps (0: constant rows).
 * e[t] = e^(dt a) and h advance by `kept`: 0 updates h in place, `bytes` leaves h[0, n] and e[0, n) behind.
 * sums[t]: four lanes that add up to c h.
 */
export function runSteps(
  n: i32, bytes: usize, signed: bool, a: usize, b: usize, bStep: usize, c: usize, cStep: usize,
  dt: usize, u: usize, h: usize, e: usize, kept: usize, sums: usize,
): void {
  const factor = f32x4.splat(signed ? 2 : 1), shift = f32x4.splat(signed ? -1 : 0);
  for (; n > 0; n--, dt += 4, u += 4, sums += 16, b += bStep, c += cStep, h += kept, e += kept) {
    const step = v128.load32_splat(dt), input = f32x4.mul(step, v128.load32_splat(u)), next = h + kept;
    let sum = f32x4.splat(0);
    for (let j: usize = 0; j < bytes; j += 16) {
      const decay = exp4(f32x4.mul(step, v128.load(a + j)));
      v128.store(e + j, decay);
      const state = fma(fma(factor, decay, shift), v128.load(h + j), f32x4.mul(input, v128.load(b + j)));
      v128.store(next + j, state);
      sum = fma(state, v128.load(c + j), sum);
    }
    v128.store(sums, sum);
  }
}

/** The sums of the lanes of four vectors. */
// @ts-ignore: decorator
@inline
export function laneSums(vectors: usize): v128 {
  const r0 = v128.load(vectors), r1 = v128.load(vectors, 16), r2 = v128.load(vectors, 32), r3 = v128.load(vectors, 48);
  const low = f32x4.add(i32x4.shuffle(r0, r1, 0, 4, 1, 5), i32x4.shuffle(r0, r1, 2, 6, 3, 7));
  const high = f32x4.add(i32x4.shuffle(r2, r3, 0, 4, 1, 5), i32x4.shuffle(r2, r3, 2, 6, 3, 7));
  return f32x4.add(i64x2.shuffle(low, high, 0, 2), i64x2.shuffle(low, high, 1, 3));
}
