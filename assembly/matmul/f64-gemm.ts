// The f64 product: the f32 scheme with tiles of 4 x 4 and half the inner dimension per block.

import { gemmPanels, SPARE_BYTES } from "../common/gemm-panels";

const BLOCK_ROWS: i32 = 128;

/**
 * Packs panels of 4 lanes (rows of A or columns of B), lanes missing from the last one as 0. Storage is [lanes, k] by rows
 * of `stride` elements, or [k, lanes] when `alongLanes`. dst holds ceil(lanes / 4) * 4 * k elements.
 */
export function f64_pack_4(src: usize, dst: usize, lanes: i32, k: i32, stride: i32, alongLanes: i32): void {
  const element: usize = 8, row = <usize>stride << 3;
  const laneStep = alongLanes ? element : row, kStep = alongLanes ? row : element;
  for (let lane = 0; lane < lanes; lane += 4, src += laneStep << 2) {
    const count = min(4, lanes - lane);
    let from = src;
    for (let i = 0; i < k; i++, from += kStep, dst += 32) {
      let l = 0, at = from;
      for (; l < count; l++, at += laneStep) store<f64>(dst + (<usize>l << 3), load<f64>(at));
      for (; l < 4; l++) store<f64>(dst + (<usize>l << 3), 0);
    }
  }
}

/** As f32_gemm_4x8, in f64: b packed by f64_pack_4, k <= 128, scratch of 128 + 1024 * k bytes; aType is not looked at. */
export function f64_gemm_4x4(
  a: usize, aStride: i32, aTransposed: i32, aType: i32, b: usize, c: usize, cStride: i32,
  m: i32, n: i32, k: i32, accumulate: i32, last: i32, bias: usize, activation: i32, scratch: usize,
): void {
  const cStep = <usize>cStride << 3, packed = scratch + SPARE_BYTES;
  for (let row = 0; row < m; row += BLOCK_ROWS, c += <usize>BLOCK_ROWS * cStep) {
    const rows = min(BLOCK_ROWS, m - row);
    f64_pack_4(a + (<usize>(aTransposed ? row : row * aStride) << 3), packed, rows, k, aStride, aTransposed);
    gemmPanels<f64>(packed, b, c, cStep, rows, n, k, accumulate != 0, scratch);
    if (last && (bias || activation >= 0)) f64_finish_rows(c, cStride, rows, n, bias, activation);
  }
}

/** c[i, j] = f(c[i, j] + bias[j]) in place: bias 0 = none, f the identity (activation -1) or max(x, 0) (any other). */
export function f64_finish_rows(c: usize, cStride: i32, m: i32, n: i32, bias: usize, activation: i32): void {
  for (let row = 0; row < m; row++, c += <usize>cStride << 3) {
    for (let j: usize = 0, end = <usize>n << 3; j < end; j += 8) {
      const x = load<f64>(c + j) + (bias ? load<f64>(bias + j) : 0);
      store<f64>(c + j, activation >= 0 ? max<f64>(x, 0) : x);
    }
  }
}
