// c = A B, row-major c, B packed by the caller (once, for all threads), A packed here block by block.

import { gemmPanels, SPARE_BYTES } from "../common/gemm-panels";
import { f32_pack_a_4 } from "./f32-pack";

/** Rows of A packed at a time: 128 rows x 256 of k are 128 KiB and stay in a 512 KiB second-level cache. */
const BLOCK_ROWS: i32 = 128;

/**
 * c (+)= A B for m rows and n columns over k of the inner dimension (k <= 256 keeps the panels in the first-level cache).
 * a: [m, k] by rows of aStride elements, or with aTransposed [k, m]; b: packed by f32_pack_b_8; c: rows of cStride elements.
 * scratch: 128 + 512 * k bytes.
 */
export function f32_gemm_4x8(
  a: usize, aStride: i32, aTransposed: i32, b: usize, c: usize, cStride: i32,
  m: i32, n: i32, k: i32, accumulate: i32, scratch: usize,
): void {
  const cStep = <usize>cStride << 2, packed = scratch + SPARE_BYTES;
  for (let row = 0; row < m; row += BLOCK_ROWS) {
    const rows = min(BLOCK_ROWS, m - row);
    f32_pack_a_4(a + (<usize>(aTransposed ? row : row * aStride) << 2), packed, rows, k, aStride, aTransposed);
    gemmPanels<f32>(packed, b, c + <usize>row * cStep, cStep, rows, n, k, accumulate != 0, scratch);
  }
}
