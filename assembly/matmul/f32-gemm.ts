// c = A B, row-major c, B packed by the caller (once, for all threads), A packed here block by block.

import { gemmPanels, SPARE_BYTES } from "../common/gemm-panels";
import { storageShift } from "../common/storage";
import { f32_finish_rows } from "./f32-finish";
import { f32_pack_a_4 } from "./f32-pack";

/** Rows of A packed at a time: 128 rows x 256 of k are 128 KiB and stay in a 512 KiB second-level cache. */
const BLOCK_ROWS: i32 = 128;

/**
 * c (+)= A B for m rows and n columns over k of the inner dimension (k <= 256 keeps the panels in the first-level cache).
 * a: [m, k] by rows of aStride elements of the storage type aType, or with aTransposed [k, m]; b: packed by f32_pack_b_8;
 * c: rows of cStride elements. With `last` the rows are finished: bias (0 = none) is added, then the function numbered
 * `activation` (-1 = none, see f32_unary) applied. scratch: 128 + 1024 * k bytes.
 */
export function f32_gemm_4x8(
  a: usize, aStride: i32, aTransposed: i32, aType: i32, b: usize, c: usize, cStride: i32,
  m: i32, n: i32, k: i32, accumulate: i32, last: i32, bias: usize, activation: i32, scratch: usize,
): void {
  const cStep = <usize>cStride << 2, packed = scratch + SPARE_BYTES, spare = packed + (<usize>(((min(m, BLOCK_ROWS) + 3) & ~3) * k) << 2);
  for (let row = 0; row < m; row += BLOCK_ROWS, c += <usize>BLOCK_ROWS * cStep) {
    const rows = min(BLOCK_ROWS, m - row);
    const from = a + (<usize>(aTransposed ? row : row * aStride) << storageShift(aType));
    f32_pack_a_4(from, packed, rows, k, aStride, aTransposed, aType, spare);
    gemmPanels<f32>(packed, b, c, cStep, rows, n, k, accumulate != 0, scratch);
    if (last) f32_finish_rows(c, cStride, rows, n, bias, activation);
  }
}
