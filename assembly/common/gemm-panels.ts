// All tiles of a block: packed A against packed B.

import { gemmEdgeTile, gemmTile, TILE_ROWS, tileColumns } from "./gemm-tile";

/** Bytes that gemmPanels needs at `spare`. */
export const SPARE_BYTES: i32 = 128;

/** c (+)= A B for m x n elements of c over k >= 1; panels as in gemm-tile.ts, cStep in bytes. */
export function gemmPanels<T>(
  a: usize, b: usize, c: usize, cStep: usize, m: i32, n: i32, k: i32, accumulate: bool, spare: usize,
): void {
  const panel = <usize>k * TILE_ROWS * sizeof<T>();
  // Columns outside, rows inside: a panel of B (8 KiB at k = 256) stays in the first-level cache while A streams from the second.
  for (let column = 0; column < n; column += tileColumns<T>(), b += <usize>k << 5) {
    const columns = min(tileColumns<T>(), n - column);
    let from = a, tile = c + <usize>column * sizeof<T>();
    for (let row = 0; row < m; row += TILE_ROWS, from += panel, tile += cStep << 2) {
      const rows = min(TILE_ROWS, m - row);
      if (columns == tileColumns<T>() && rows == TILE_ROWS) gemmTile<T>(from, b, k, tile, cStep, accumulate);
      else gemmEdgeTile<T>(from, b, k, tile, cStep, rows, columns, accumulate, spare);
    }
  }
}
