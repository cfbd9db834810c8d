// c = A B with L-Mul products: B packed once by the caller's threads, A packed here block by block.
// Panels, masks and the rule block are described in common/l-mul-panels.ts, -tile.ts and -rule.ts.

import { finishPanels, lmulPanels, roundResults } from "../common/l-mul-panels";
import { F32 } from "../common/storage";
import { f32_pack_a_4, f32_pack_b_8 } from "../matmul/f32-pack";

/** Rows of A packed at a time. */
const BLOCK_ROWS: i32 = 64;
/** Inner dimension of a block; every block but the last has this many. */
const BLOCK_K: i32 = 256;
const SPARE_BYTES: usize = 128;
const SUMMARY_BYTES: usize = BLOCK_ROWS;
const PANEL_BYTES: usize = <usize>BLOCK_ROWS * BLOCK_K * 4;

/**
 * Packs k <= 256 rows and n columns of B: stored [k, n] by rows of `stride` elements, or with `transposed` [n, k].
 * dst: ceil(n / 8) * 32 * k bytes; summaries: ceil(n / 8) words.
 */
export function lmul_pack_b_8(
  src: usize, dst: usize, summaries: usize, k: i32, n: i32, stride: i32, transposed: i32, rule: usize,
): void {
  f32_pack_b_8(src, dst, k, n, stride, transposed, F32, dst);
  finishPanels(dst, dst, summaries, n, 8, k, false, rule);
}

/**
 * c = A B for m rows and n columns over the whole inner dimension k >= 1, in ascending order of it.
 * a: [m, k] by rows of aStride elements, or with aTransposed [k, m]. b, summaries: first panel of the first block of 256
 * of k; the next blocks follow bStep and summaryStep bytes after. c: rows of cStride elements. scratch: 131264 bytes.
 */
export function lmul_gemm_4x8(
  a: usize, aStride: i32, aTransposed: i32, b: usize, bStep: usize, summaries: usize, summaryStep: usize,
  c: usize, cStride: i32, m: i32, n: i32, k: i32, rule: usize, scratch: usize,
): void {
  const cStep = <usize>cStride << 2;
  const aSummaries = scratch + SPARE_BYTES, packed = aSummaries + SUMMARY_BYTES, masks = packed + PANEL_BYTES;
  for (let row = 0; row < m; row += BLOCK_ROWS, c += cStep * BLOCK_ROWS) {
    const rows = min(BLOCK_ROWS, m - row);
    let panels = b, bSummaries = summaries;
    for (let at = 0; at < k; at += BLOCK_K, panels += bStep, bSummaries += summaryStep) {
      const depth = min(BLOCK_K, k - at);
      const first = aTransposed ? at * aStride + row : row * aStride + at;
      f32_pack_a_4(a + (<usize>first << 2), packed, rows, depth, aStride, aTransposed, F32, packed);
      finishPanels(packed, masks, aSummaries, rows, 4, depth, true, rule);
      lmulPanels(packed, masks, aSummaries, panels, depth, bSummaries, c, cStep, rows, n, depth, at > 0, rule, scratch);
    }
    roundResults(c, cStep, rows, n, rule);
  }
}

/** Adds bias [n] to each of `rows` rows of c [rows, n]. */
export function lmul_add_bias(bias: usize, c: usize, rows: i32, n: i32): void {
  for (let row = 0; row < rows; row++) {
    let i = 0, from = bias;
    for (; i <= n - 4; i += 4, from += 16, c += 16) v128.store(c, f32x4.add(v128.load(c), v128.load(from)));
    for (; i < n; i++, from += 4, c += 4) store<f32>(c, load<f32>(c) + load<f32>(from));
  }
}
