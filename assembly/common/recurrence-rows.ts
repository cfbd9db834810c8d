// Rows of a tensor, one per step, to and from rows of whole vectors in scratch memory.

import { exp4 } from "./exp";
import { loadTail, storeTail } from "./tail";

/** to [rows][padded n] = scale from. */
export function loadRows(from: usize, step: usize, rows: i32, n: i32, scale: f32, to: usize): void {
  const factor = f32x4.splat(scale);
  for (; rows > 0; rows--, from += step) {
    let src = from, left = n;
    for (; left >= 4; left -= 4, src += 16, to += 16) v128.store(to, f32x4.mul(v128.load(src), factor));
    if (left > 0) {
      v128.store(to, f32x4.mul(loadTail(src, left), factor));
      to += 16;
    }
  }
}

/** to = e^from; ones where there is no gate. -Infinity gives 0, a hard reset. */
export function loadDecays(from: usize, step: usize, rows: i32, n: i32, to: usize): void {
  for (; rows > 0; rows--, from += step) {
    for (let j = 0; j < n; j += 4, to += 16) {
      const at = from + (<usize>j << 2);
      const gate = !from ? f32x4.splat(0) : n - j >= 4 ? v128.load(at) : loadTail(at, n - j);
      v128.store(to, exp4(gate));
    }
  }
}

/** to = scale from, or to += scale from. */
export function storeRows(from: usize, to: usize, step: usize, rows: i32, n: i32, scale: f32, adds: bool): void {
  const factor = f32x4.splat(scale);
  for (; rows > 0; rows--, to += step) {
    let dst = to, left = n;
    for (; left >= 4; left -= 4, from += 16, dst += 16) {
      const x = f32x4.mul(v128.load(from), factor);
      v128.store(dst, adds ? f32x4.add(v128.load(dst), x) : x);
    }
    if (left > 0) {
      const x = f32x4.mul(v128.load(from), factor);
      storeTail(dst, adds ? f32x4.add(loadTail(dst, left), x) : x, left);
      from += 16;
    }
  }
}
