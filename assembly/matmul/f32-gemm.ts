// c = A B, row-major c, B packed by the caller (once, for all threads), A packed here block by block.

import { gemmEdgeTile, gemmTile, TILE_ROWS } from "../common/gemm-tile";
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
  const cStep = <usize>cStride << 2, packed = scratch + 128;
  for (let row = 0; row < m; row += BLOCK_ROWS) {
    const rows = min(BLOCK_ROWS, m - row);
    const from = a + (<usize>(aTransposed ? row : row * aStride) << 2);
    f32_pack_a_4(from, packed, rows, k, aStride, aTransposed);
    let panelB = b;
    for (let column = 0; column < n; column += 8, panelB += <usize>k << 5) {
      const columns = min(8, n - column);
      let panelA = packed, tile = c + <usize>row * cStep + (<usize>column << 2);
      for (let i = 0; i < rows; i += TILE_ROWS, panelA += <usize>k << 4, tile += cStep << 2) {
        if (columns == 8 && rows - i >= TILE_ROWS) gemmTile<f32>(panelA, panelB, k, tile, cStep, accumulate != 0);
        else {
          const edge = min(TILE_ROWS, rows - i);
          gemmEdgeTile<f32>(panelA, panelB, k, tile, cStep, edge, columns, accumulate != 0, scratch);
        }
      }
    }
  }
}
