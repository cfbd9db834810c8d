// Attention whose two matrix products are L-Mul, a block of query rows at a time against packed keys and values. The
// weights are normalised BEFORE their products, because L-Mul does not commute with scaling: so the scores of a block of
// rows stay in scratch (rows x keys), where an online softmax would have to rescale sums of products.

import { expNonPositive4 } from "../common/exp";
import { finishPanels, lmulPanels, roundResults } from "../common/l-mul-panels";
import { FLAGS, NATIVE, SATURATE, WEIGHTS } from "../common/l-mul-rule";
import { encode4, roundTo4 } from "../common/round-to";
import { F32 } from "../common/storage";
import { f32_pack_a_4 } from "../matmul/f32-pack";

/** Query rows per call at most. */
const ROWS: i32 = 32;
const BLOCK_K: i32 = 256;
const SPARE_BYTES: usize = 128;
const SUMMARY_BYTES: usize = ROWS;
const PANEL_BYTES: usize = <usize>ROWS * BLOCK_K * 4;

/**
 * c = A B for `rows` rows of A (f32 patterns or codes, stride in elements) over the first k rows of B, which is packed with
 * all `packedK` of them.
 */
function product(
  a: usize, aStride: i32, rows: i32, k: i32, packedK: i32, b: usize, bStep: usize, summaries: usize, summaryStep: usize,
  c: usize, cStep: usize, n: i32, rule: usize, scratch: usize,
): void {
  const aSummaries = scratch + SPARE_BYTES, packed = aSummaries + SUMMARY_BYTES, masks = packed + PANEL_BYTES;
  for (let at = 0; at < k; at += BLOCK_K, b += bStep, summaries += summaryStep) {
    const depth = min(BLOCK_K, k - at);
    f32_pack_a_4(a + (<usize>at << 2), packed, rows, depth, aStride, 0, F32, packed);
    finishPanels(packed, masks, aSummaries, rows, 4, depth, true, rule);
    lmulPanels(
      packed, masks, aSummaries, b, min(BLOCK_K, packedK - at), summaries, c, cStep, rows, n, depth, at > 0, rule, scratch,
    );
  }
  roundResults(c, cStep, rows, n, rule);
}

/** Scores to weights in place: softmax(scale * s) over the first `visible` keys, those with keep[j] = 0 left out. */
function softmaxRow(s: usize, visible: i32, width: i32, scale: f32, keep: usize, rule: usize): void {
  let largest: f32 = -Infinity;
  for (let j = 0; j < visible; j++) {
    const at = s + (<usize>j << 2);
    const x: f32 = keep && !load<u8>(keep + j) ? -Infinity : load<f32>(at) * scale;
    store<f32>(at, x);
    // max of a NaN is a NaN, which then reaches every weight of the row.
    largest = max(largest, x);
  }
  for (let j = visible; j < width; j++) store<f32>(s + (<usize>j << 2), -Infinity);
  if (largest == -Infinity) {
    memory.fill(s, 0, <usize>width << 2);
    return;
  }
  const top = f32x4.splat(largest), lowest = f32x4.splat(-Infinity);
  let sums = f32x4.splat(0);
  for (let j = 0; j < width; j += 4) {
    const at = s + (<usize>j << 2), x = v128.load(at);
    // What is left out is +0 exactly, and -inf minus itself never arises.
    const e = v128.andnot(expNonPositive4(f32x4.sub(x, top)), f32x4.eq(x, lowest));
    v128.store(at, e);
    sums = f32x4.add(sums, e);
  }
  const pair = f32x4.add(sums, i32x4.shuffle(sums, sums, 2, 3, 0, 1));
  const total = f32x4.add(pair, i32x4.shuffle(pair, pair, 1, 0, 3, 2));
  const format = load<i32>(rule, WEIGHTS), flags = load<i32>(rule, FLAGS), saturates = (flags & SATURATE) != 0;
  for (let j = 0; j < width; j += 4) {
    const at = s + (<usize>j << 2);
    let weight = roundTo4(f32x4.div(v128.load(at), total), format, saturates);
    if (flags & NATIVE) weight = encode4(weight, format);
    v128.store(at, weight);
  }
}

/**
 * out = softmax(scale * Q K^T) V for `rows` <= 32 query rows of one head, the first of which sees the keys j < sees, the next
 * one more, and so on up to `keys`. q: rows of qStride elements (f32 patterns or codes); k and v: packed by lmul_pack_b_8 in
 * blocks of 256, as lmul_gemm_4x8 takes them; keep: `keys` bytes, 0 hides a key, or 0 for none; out: rows of outStride
 * elements, a row that sees no key is 0. scratch: 65696 bytes and the scores, 128 bytes per key (keys rounded up to 8).
 */
export function lmul_attention(
  q: usize, qStride: i32, k: usize, kStep: usize, kSummaries: usize, kSummaryStep: usize,
  v: usize, vStep: usize, vSummaries: usize, vSummaryStep: usize, out: usize, outStride: i32,
  rows: i32, d: i32, dv: i32, keys: i32, sees: i32, scale: f32, keep: usize, rule: usize, scratch: usize,
): void {
  const scores = scratch + SPARE_BYTES + SUMMARY_BYTES + 2 * PANEL_BYTES;
  // The last row sees most; what lies beyond is neither scored nor summed.
  const most = max(0, min(keys, sees + rows - 1));
  const width = (most + 7) & ~7, outStep = <usize>outStride << 2, scoreStep = <usize>width << 2;
  if (most == 0) {
    for (let i = 0; i < rows; i++) memory.fill(out + <usize>i * outStep, 0, <usize>dv << 2);
    return;
  }
  product(q, qStride, rows, d, d, k, kStep, kSummaries, kSummaryStep, scores, scoreStep, most, rule, scratch);
  for (let i = 0; i < rows; i++) {
    softmaxRow(scores + <usize>i * scoreStep, max(0, min(most, sees + i)), width, scale, keep, rule);
  }
  product(scores, width, rows, most, keys, v, vStep, vSummaries, vSummaryStep, out, outStep, dv, rule, scratch);
}
