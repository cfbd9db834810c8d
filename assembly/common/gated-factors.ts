// How much of a state a step keeps, in a form without cancellation at either end: a S = keep S + change S, where
//
//   a >= 1/2:  keep = 1, change = a - 1 (taken as expm1 of a log-decay, so that slow decays lose nothing);
//   below:     keep = 0, change = a.
//
// `keep` is a mask of bits to be and-ed with S. A log-decay of -inf gives keep = change = 0, a hard reset.

import { exp4 } from "./exp";
import { expm1_4 } from "./expm1";
import { GATE_NONE, GATE_LOG } from "./gated-layout";
import { loadUpTo4 } from "./tail";

const MINUS_LN2: f32 = -0.6931472;

/** The factors of K channels: change [K4] at dst, keep [K4] after it; K4 is K rounded up to 4. */
export function stepFactors(kind: i32, gate: usize, perChannel: bool, K: i32, dst: usize): void {
  const K4 = (K + 3) & ~3, masks = <usize>K4 << 2;
  for (let c = 0; c < K4; c += 4, dst += 16) {
    const x = kind == GATE_NONE
      ? f32x4.splat(0)
      : perChannel ? loadUpTo4(gate + (<usize>c << 2), K - c) : v128.load32_splat(gate);
    let keep: v128, change: v128;
    if (kind == GATE_NONE) {
      keep = i32x4.splat(-1);
      change = x;
    } else if (kind == GATE_LOG) {
      keep = f32x4.ge(x, f32x4.splat(MINUS_LN2));
      change = v128.bitselect(expm1_4(x), exp4(x), keep);
    } else {
      keep = f32x4.ge(x, f32x4.splat(0.5));
      change = f32x4.sub(x, v128.and(f32x4.splat(1), keep));
    }
    v128.store(dst, change);
    v128.store(dst + masks, keep);
  }
}
