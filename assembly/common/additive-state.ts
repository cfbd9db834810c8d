// The state between the host's form, S normalised with z = m + ln l, and the kernels', l S relative to a reference, in the
// panels of additive-product.ts.

import { F32 } from "./storage";
import { Call, EMPTY, Unit, Work } from "./additive-layout";
import { startGates } from "./additive-gates";
import { scaleColumns, scaleRows } from "./additive-product";
import { f32_pack_b_8 } from "../matmul/f32-pack";

/** Packs a host state [d, e] or [e, d] at `from` as [d, e], or with `turned` as [e, d]. */
export function packState(call: Call, from: usize, to: usize, turned: bool): void {
  const d = call.d, e = call.e, byRows = (call.vFirst != 0) == turned;
  if (turned) f32_pack_b_8(from, to, e, d, byRows ? d : e, byRows ? 0 : 1, F32, 0);
  else f32_pack_b_8(from, to, d, e, byRows ? e : d, byRows ? 0 : 1, F32, 0);
}

/** Gates, reference and state at the start of a unit. */
export function startState(work: Work, call: Call, unit: Unit, turned: bool): void {
  const to = turned ? work.turned : work.state;
  startGates(work, call.d, unit.m0, unit.l0);
  memory.copy(work.reference, work.m, work.row);
  if (!unit.s0) {
    memory.fill(to, 0, (turned ? work.product : work.turned) - to);
    return;
  }
  packState(call, unit.s0, to, turned);
  if (turned) scaleColumns(to, work.l, call.e, call.d);
  else scaleRows(to, work.l, call.d, call.e);
}

/** Host state `to` = the packed state [d, e], row i times factor[i]. */
export function unpackState(call: Call, from: usize, to: usize, factor: usize): void {
  const rowStep: usize = call.vFirst ? 4 : <usize>call.e << 2, columnStep: usize = call.vFirst ? <usize>call.d << 2 : 4;
  for (let column = 0; column < call.e; column += 8, to += columnStep << 3) {
    const columns = min(8, call.e - column);
    let row = to;
    for (let i = 0; i < call.d; i++, from += 32, row += rowStep) {
      const by = load<f32>(factor + (<usize>i << 2));
      if (columns == 8 && columnStep == 4) {
        v128.store(row, f32x4.mul(v128.load(from), f32x4.splat(by)));
        v128.store(row, f32x4.mul(v128.load(from, 16), f32x4.splat(by)), 16);
        continue;
      }
      for (let j = 0; j < columns; j++) store<f32>(row + <usize>j * columnStep, load<f32>(from + (<usize>j << 2)) * by);
    }
  }
}

/** factor = factor / l, 0 where l is: to a normalised state. */
export function normalise(work: Work, d: i32): void {
  const zero = f32x4.splat(0);
  for (let c: usize = 0; c < <usize>d << 2; c += 16) {
    const l = v128.load(work.l + c);
    v128.store(work.factor + c, v128.andnot(f32x4.div(v128.load(work.factor + c), l), f32x4.eq(l, zero)));
  }
}

/** The maximum and the sum as the host has them: -inf and 0 for an empty channel. */
export function writeGates(work: Work, d: i32, m: usize, l: usize): void {
  for (let c: usize = 0; c < <usize>d << 2; c += 4) {
    const most = load<f32>(work.m + c);
    store<f32>(m + c, most == EMPTY ? -Infinity : most);
    store<f32>(l + c, load<f32>(work.l + c));
  }
}
