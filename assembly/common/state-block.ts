// A block of columns of a state between its place in a tensor, in either layout, and rows of `width` floats for a kernel.

import { transpose4x4 } from "./transpose";

/** dst [K, width] = columns [0, columns) of the state, 0 beyond; all 0 for src = 0. */
export function loadStateBlock(src: usize, kStep: usize, vStep: usize, K: i32, columns: i32, width: i32, dst: usize): void {
  const outStep = <usize>width << 2;
  if (!src || columns < width) memory.fill(dst, 0, outStep * K);
  if (!src) return;
  if (vStep == 4) {
    for (let k = 0; k < K; k++, src += kStep, dst += outStep) memory.copy(dst, src, <usize>columns << 2);
    return;
  }
  let column = 0;
  for (; column <= columns - 4; column += 4, src += 4 * vStep, dst += 16) {
    let from = src, to = dst, k = 0;
    if (kStep == 4) for (; k <= K - 4; k += 4, from += 16, to += 4 * outStep) transpose4x4(from, vStep, to, outStep);
    for (; k < K; k++, from += kStep, to += outStep) {
      for (let c: usize = 0; c < 4; c++) store<f32>(to + (c << 2), load<f32>(from + c * vStep));
    }
  }
  for (; column < columns; column++, src += vStep, dst += 4) {
    for (let k = 0, from = src, to = dst; k < K; k++, from += kStep, to += outStep) store<f32>(to, load<f32>(from));
  }
}

/** The way back: rows [K, width] to the columns of the state. */
export function storeStateBlock(src: usize, width: i32, K: i32, columns: i32, dst: usize, kStep: usize, vStep: usize): void {
  const step = <usize>width << 2;
  if (vStep == 4) {
    for (let k = 0; k < K; k++, src += step, dst += kStep) memory.copy(dst, src, <usize>columns << 2);
    return;
  }
  let column = 0;
  for (; column <= columns - 4; column += 4, src += 16, dst += 4 * vStep) {
    let from = src, to = dst, k = 0;
    if (kStep == 4) for (; k <= K - 4; k += 4, from += 4 * step, to += 16) transpose4x4(from, step, to, vStep);
    for (; k < K; k++, from += step, to += kStep) {
      for (let c: usize = 0; c < 4; c++) store<f32>(to + c * vStep, load<f32>(from + (c << 2)));
    }
  }
  for (; column < columns; column++, src += 4, dst += vStep) {
    for (let k = 0, from = src, to = dst; k < K; k++, from += step, to += kStep) store<f32>(to, load<f32>(from));
  }
}
