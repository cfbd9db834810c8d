// Packing into f32 panels (see common/gemm-tile.ts) from f32 or from a storage type. A "lane" is what a
// panel holds side by side: a row of A, a column of B. Storage runs along k (A row-major, B transposed) or along the lanes
// (B row-major, A transposed). Lanes missing from the last panel are written as 0.

import { widen } from "../cast/widen";
import { F32, storageShift } from "../common/storage";
import { transpose4x4 } from "../common/transpose";

/** Lanes widened at a time: with k = 256 the widened strip (128 KiB) stays in the second-level cache. */
const STRIP_LANES: i32 = 128;

/** One panel, storage along k: `lanes` <= width of them, `step` bytes apart; dst holds width * k elements. */
// @ts-ignore: decorator
@inline
function panelAlongK(src: usize, dst: usize, lanes: i32, k: i32, step: usize, width: i32): void {
  const outStep = <usize>width << 2;
  if (lanes < width) memory.fill(dst, 0, outStep * k);
  for (let lane = 0; lane < lanes; lane += 4) {
    let from = src + <usize>lane * step, to = dst + (<usize>lane << 2), i = 0;
    if (lanes - lane >= 4) {
      for (; i <= k - 4; i += 4, from += 16, to += outStep << 2) transpose4x4(from, step, to, outStep);
    }
    const count = min(4, lanes - lane);
    for (; i < k; i++, from += 4, to += outStep) {
      for (let l = 0; l < count; l++) store<f32>(to + (<usize>l << 2), load<f32>(from + <usize>l * step));
    }
  }
}

/** One panel, storage along the lanes, `step` bytes between two values of k. */
// @ts-ignore: decorator
@inline
function panelAlongLanes(src: usize, dst: usize, lanes: i32, k: i32, step: usize, width: i32): void {
  const end = dst + (<usize>k * width << 2);
  if (lanes < width) {
    for (; dst < end; src += step) {
      for (let lane = 0; lane < width; lane++, dst += 4) {
        store<f32>(dst, lane < lanes ? load<f32>(src + (<usize>lane << 2)) : 0);
      }
    }
    return;
  }
  for (; dst < end; dst += <usize>width << 2, src += step) {
    v128.store(dst, v128.load(src));
    if (width == 8) v128.store(dst, v128.load(src, 16), 16);
  }
}

/** Two whole panels of 8 at once: whole cache lines of B, so that a line is fetched once even where rows collide in a cache. */
function twoPanelsAlongLanes(src: usize, dst: usize, k: i32, step: usize): void {
  const panel = <usize>k << 5;
  for (const end = dst + panel; dst < end; dst += 32, src += step) {
    v128.store(dst, v128.load(src));
    v128.store(dst, v128.load(src, 16), 16);
    v128.store(dst + panel, v128.load(src, 32));
    v128.store(dst + panel, v128.load(src, 48), 16);
  }
}

/** All panels of an f32 block. */
// @ts-ignore: decorator
@inline
function packPanels(src: usize, dst: usize, lanes: i32, k: i32, step: usize, alongK: bool, width: i32): void {
  const panel = <usize>k * width << 2;
  let lane = 0;
  if (width == 8 && !alongK) {
    for (; lane <= lanes - 16; lane += 16, dst += 2 * panel, src += 64) twoPanelsAlongLanes(src, dst, k, step);
  }
  for (; lane < lanes; lane += width, dst += panel) {
    const count = min(width, lanes - lane);
    if (alongK) {
      panelAlongK(src, dst, count, k, step, width);
      src += step * width;
    } else {
      panelAlongLanes(src, dst, count, k, step, width);
      src += <usize>width << 2;
    }
  }
}

/** dst [rows, n] f32 = src [rows, n], its rows `step` bytes apart. */
function widenRows(src: usize, step: usize, dst: usize, rows: i32, n: i32, type: i32): void {
  for (let row = 0; row < rows; row++, src += step, dst += <usize>n << 2) widen(type, src, dst, n);
}

// @ts-ignore: decorator
@inline
function packStored(
  src: usize, dst: usize, lanes: i32, k: i32, stride: i32, alongK: bool, width: i32, type: i32, spare: usize,
): void {
  const step = <usize>stride << storageShift(type);
  if (type == F32) {
    packPanels(src, dst, lanes, k, step, alongK, width);
    return;
  }
  for (let lane = 0; lane < lanes; lane += STRIP_LANES, dst += <usize>(STRIP_LANES * k) << 2) {
    const count = min(STRIP_LANES, lanes - lane);
    if (alongK) {
      widenRows(src + <usize>lane * step, step, spare, count, k, type);
      packPanels(spare, dst, count, k, <usize>k << 2, true, width);
    } else {
      widenRows(src + (<usize>lane << storageShift(type)), step, spare, k, count, type);
      packPanels(spare, dst, count, k, <usize>count << 2, false, width);
    }
  }
}

/**
 * Packs A: [m, k] by rows of `stride` elements, or with `transposed` [k, m]. dst holds ceil(m / 4) * 4 * k elements;
 * spare is 512 * k bytes, used when `type` is not f32.
 */
export function f32_pack_a_4(
  src: usize, dst: usize, m: i32, k: i32, stride: i32, transposed: i32, type: i32, spare: usize,
): void {
  if (transposed) packStored(src, dst, m, k, stride, false, 4, type, spare);
  else packStored(src, dst, m, k, stride, true, 4, type, spare);
}

/**
 * Packs B: [k, n] by rows of `stride` elements, or with `transposed` [n, k]. dst holds ceil(n / 8) * 8 * k elements;
 * spare as above.
 */
export function f32_pack_b_8(
  src: usize, dst: usize, k: i32, n: i32, stride: i32, transposed: i32, type: i32, spare: usize,
): void {
  if (transposed) packStored(src, dst, n, k, stride, true, 8, type, spare);
  else packStored(src, dst, n, k, stride, false, 8, type, spare);
}
