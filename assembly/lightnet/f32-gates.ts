// The gates of the additive recurrence by themselves: the weight k' = e^(x - z) of every token at itself and the log decay
// g = z before - z, with z = ln of the running sum of e^x. Sums are kept as (m, l), z = m + ln l, as in additive-gates.ts.

import { expNonPositive4 } from "../common/exp";
import { fma } from "../common/fma";
import { log4, log1p4 } from "../common/log";
import { loadUpTo4, storeUpTo4 } from "../common/tail";

/** The maximum of a channel that has seen no token, where subtracting must not make NaN. */
const EMPTY: f32 = -3.4028234e38;

/** m and l at the start: m0 and l0, m0 being z where there is no l0; a channel without either, or at -inf, is empty. */
function startGates(m0: usize, l0: usize, m: usize, l: usize, d: i32): void {
  for (let at: usize = 0; at < <usize>d << 2; at += 4) {
    const most: f32 = m0 ? load<f32>(m0 + at) : -Infinity, sum: f32 = l0 ? load<f32>(l0 + at) : 1;
    const isEmpty = most == -Infinity || sum == 0;
    store<f32>(m + at, isEmpty ? EMPTY : most);
    store<f32>(l + at, isEmpty ? 0 : sum);
  }
}

/**
 * k and g of `rows` tokens `step` bytes apart, d channels side by side; m and l [d] after them, from m0 and l0 (0: none).
 * g is 0 where no token came before. lost: scratch, 4 d bytes.
 */
export function f32_gates(
  x: usize, k: usize, g: usize, step: i32, rows: i32, d: i32, m0: usize, l0: usize, m: usize, l: usize, lost: usize,
): void {
  const zero = f32x4.splat(0), one = f32x4.splat(1), half = f32x4.splat(0.5);
  startGates(m0, l0, m, l, d);
  memory.fill(lost, 0, <usize>d << 2);
  for (let t = 0; t < rows; t++, x += step, k += step, g += step) {
    for (let c = 0; c < d; c += 4) {
      const at = <usize>c << 2, left = d - c;
      const logit = loadUpTo4(x + at, left), before = loadUpTo4(m + at, left), sum = loadUpTo4(l + at, left);
      const rises = f32x4.gt(logit, before), most = f32x4.max(before, logit);
      const e = expNonPositive4(f32x4.neg(f32x4.abs(f32x4.sub(logit, before))));
      // logit - most is 0 where the maximum rises, and NaN for a logit of +inf.
      const decay = v128.bitselect(e, one, rises), added = v128.bitselect(f32x4.add(one, f32x4.sub(logit, most)), e, rises);
      const kept = f32x4.mul(sum, decay), plus = fma(loadUpTo4(lost + at, left), decay, added), next = f32x4.add(kept, plus);
      const ofPlus = f32x4.sub(next, kept);
      storeUpTo4(lost + at, f32x4.add(f32x4.sub(kept, f32x4.sub(next, ofPlus)), f32x4.sub(plus, ofPlus)), left);
      storeUpTo4(m + at, most, left);
      storeUpTo4(l + at, next, left);
      const weight = v128.andnot(f32x4.div(added, next), f32x4.eq(next, zero));
      // e^g = 1 - weight: that keeps the digits of a small weight, the difference of the two sums those of a great one.
      const far = f32x4.add(f32x4.sub(before, most), log4(f32x4.div(sum, next)));
      const gate = v128.bitselect(log1p4(f32x4.neg(weight)), far, f32x4.le(weight, half));
      storeUpTo4(k + at, weight, left);
      storeUpTo4(g + at, v128.andnot(gate, f32x4.eq(sum, zero)), left);
    }
  }
  for (let at: usize = 0; at < <usize>d << 2; at += 4) if (load<f32>(m + at) == EMPTY) store<f32>(m + at, -Infinity);
}

/**
 * dx of the tokens whose k and g f32_gates made, from dk and dg; dz [d] is the gradient of z after the last token and becomes
 * that of z before the first.
 */
export function f32_gates_backward(
  k: usize, g: usize, dk: usize, dg: usize, dx: usize, step: i32, rows: i32, d: i32, dz: usize,
): void {
  const zero = f32x4.splat(0), one = f32x4.splat(1), last: usize = <usize>(rows - 1) * step;
  k += last; g += last; dk += last; dg += last; dx += last;
  for (let t = 0; t < rows; t++, k -= step, g -= step, dk -= step, dg -= step, dx -= step) {
    for (let c = 0; c < d; c += 4) {
      const at = <usize>c << 2, left = d - c;
      const weight = loadUpTo4(k + at, left), gate = loadUpTo4(g + at, left), ofWeight = loadUpTo4(dk + at, left);
      // A token of weight 1 that nothing decayed for is the first of its channel: its g does not move with any logit.
      const isFirst = v128.and(f32x4.eq(weight, one), f32x4.eq(gate, zero));
      const ofGate = v128.andnot(loadUpTo4(dg + at, left), isFirst);
      const rest = f32x4.sub(f32x4.sub(loadUpTo4(dz + at, left), ofGate), f32x4.mul(ofWeight, weight));
      storeUpTo4(dx + at, f32x4.mul(weight, f32x4.add(ofWeight, rest)), left);
      storeUpTo4(dz + at, fma(v128.andnot(expNonPositive4(gate), isFirst), rest, ofGate), left);
    }
  }
}
