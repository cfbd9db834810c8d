// Packing of f32 matrices into panels (see common/gemm-tile.ts). A "lane" is what a panel holds side by side: a row of A,
// a column of B. Storage either runs along k (A row-major, B transposed) or along the lanes (B row-major, A transposed).
// Lanes missing from the last panel are written as 0.

import { transpose4x4 } from "../common/transpose";

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

/** One panel of `lanes` < width, storage along the lanes. */
function edgePanelAlongLanes(src: usize, dst: usize, lanes: i32, k: i32, step: usize, width: i32): void {
  for (let i = 0; i < k; i++, src += step) {
    for (let lane = 0; lane < width; lane++, dst += 4) {
      store<f32>(dst, lane < lanes ? load<f32>(src + (<usize>lane << 2)) : 0);
    }
  }
}

/** Packs A: [m, k] by rows of `stride` elements, or with `transposed` [k, m]. dst holds ceil(m / 4) * 4 * k elements. */
export function f32_pack_a_4(src: usize, dst: usize, m: i32, k: i32, stride: i32, transposed: i32): void {
  const step = <usize>stride << 2;
  for (let row = 0; row < m; row += 4, dst += <usize>k << 4) {
    const lanes = min(4, m - row);
    if (!transposed) panelAlongK(src + <usize>row * step, dst, lanes, k, step, 4);
    else if (lanes < 4) edgePanelAlongLanes(src + (<usize>row << 2), dst, lanes, k, step, 4);
    else {
      let from = src + (<usize>row << 2);
      for (let to = dst, end = dst + (<usize>k << 4); to < end; to += 16, from += step) v128.store(to, v128.load(from));
    }
  }
}

/** Packs B: [k, n] by rows of `stride` elements, or with `transposed` [n, k]. dst holds ceil(n / 8) * 8 * k elements. */
export function f32_pack_b_8(src: usize, dst: usize, k: i32, n: i32, stride: i32, transposed: i32): void {
  const step = <usize>stride << 2, panel = <usize>k << 5;
  let column = 0;
  if (transposed) {
    for (; column < n; column += 8, dst += panel) {
      panelAlongK(src + <usize>column * step, dst, min(8, n - column), k, step, 8);
    }
    return;
  }
  // Two panels at a time take whole cache lines of B, so a line is fetched once even where rows collide in the cache.
  for (; column <= n - 16; column += 16, dst += panel << 1) {
    let from = src + (<usize>column << 2);
    for (let to = dst, end = dst + panel; to < end; to += 32, from += step) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      v128.store(to + panel, v128.load(from, 32));
      v128.store(to + panel, v128.load(from, 48), 16);
    }
  }
  for (; column < n; column += 8, dst += panel) {
    const from = src + (<usize>column << 2), lanes = min(8, n - column);
    if (lanes < 8) edgePanelAlongLanes(from, dst, lanes, k, step, 8);
    else {
      let at = from;
      for (let to = dst, end = dst + panel; to < end; to += 32, at += step) {
        v128.store(to, v128.load(at));
        v128.store(to, v128.load(at, 16), 16);
      }
    }
  }
}
