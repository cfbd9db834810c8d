// Panels made ready for the tiles of l-mul-tile.ts, and the choice of a tile from what the panels contain.
//
// A panel's summary is one word: smallest exponent field of its nonzero elements | largest << 8 | has zeros << 16.

import { operand4 } from "./l-mul-product";
import { FLAGS, isPlain, MULTIPLY, NATIVE, OFFSET, REDUCE, RESULT, SAFE, SATURATE, STEP } from "./l-mul-rule";
import { CHECKED, MASK_A, MASK_B, runEdgeTile, runTile, SUM, TIMES } from "./l-mul-tile";
import { roundTo4 } from "./round-to";

const HAS_ZEROS: i32 = 1 << 16;

/** Elements that no row or column stands for become 1, so that they neither count as zeros nor widen the range. */
function fillPadding(panel: usize, lanes: i32, width: i32, k: i32): void {
  for (let i = 0; i < k; i++, panel += <usize>width << 2) {
    for (let lane = lanes; lane < width; lane++) store<f32>(panel + (<usize>lane << 2), 1);
  }
}

// @ts-ignore: decorator
@inline
function horizontalMin(x: v128): i32 {
  const y = i32x4.min_s(x, i32x4.shuffle(x, x, 2, 3, 0, 1));
  return i32x4.extract_lane(i32x4.min_s(y, i32x4.shuffle(y, y, 1, 0, 3, 2)), 0);
}

/**
 * Reduces the operands of a freshly packed panel in place, flushes subnormals to zero (safe), subtracts the offset (A's
 * panels of a plain rule), writes masks of the nonzero elements at `masks` if there is a zero (A's panels only).
 */
function finishPanel(panel: usize, masks: usize, bytes: usize, isLeft: bool, rule: usize): i32 {
  const flags = load<i32>(rule, FLAGS), isFloat = !(flags & (NATIVE | MULTIPLY)), flushes = isFloat && (flags & SAFE) != 0;
  const reduces = (flags & REDUCE) != 0;
  const offset = i32x4.splat(isLeft && isPlain(rule) ? load<i32>(rule, OFFSET) : 0);
  const exponentMask = i32x4.splat(0x7f800000), none = i32x4.splat(0), top = i32x4.splat(255);
  let least = top, most = none, zeros = none;
  for (let i: usize = 0; i < bytes; i += 16) {
    let x = v128.load(panel + i);
    if (reduces) x = operand4(x, rule);
    const field = v128.and(x, exponentMask);
    let low = field;
    if (flushes) {
      const zero = i32x4.eq(field, none);
      zeros = v128.or(zeros, zero);
      x = v128.bitselect(v128.and(x, i32x4.splat(0x80000000)), x, zero);
      low = v128.bitselect(exponentMask, field, zero);
    }
    least = i32x4.min_s(least, i32x4.shr_u(low, 23));
    most = i32x4.max_s(most, i32x4.shr_u(field, 23));
    v128.store(panel + i, i32x4.sub(x, offset));
  }
  const hasZeros = v128.any_true(zeros);
  if (hasZeros && isLeft) {
    for (let i: usize = 0; i < bytes; i += 16) {
      const x = i32x4.add(v128.load(panel + i), offset);
      v128.store(masks + i, i32x4.ne(i32x4.shl(x, 1), none));
    }
  }
  return horizontalMin(least) | ((255 - horizontalMin(i32x4.sub(top, most))) << 8) | (hasZeros ? HAS_ZEROS : 0);
}

/** Finishes the panels of `width` lanes that a packing routine wrote; one summary word each. */
export function finishPanels(
  panels: usize, masks: usize, summaries: usize, lanes: i32, width: i32, k: i32, isLeft: bool, rule: usize,
): void {
  const bytes = <usize>(width * k) << 2;
  for (let lane = 0; lane < lanes; lane += width, panels += bytes, masks += bytes, summaries += 4) {
    if (lanes - lane < width) fillPadding(panels, lanes - lane, width, k);
    store<i32>(summaries, finishPanel(panels, masks, bytes, isLeft, rule));
  }
}

/** The fastest tile that is right for a pair of panels. */
function tileKind(left: i32, right: i32, isPlainRule: bool, isSafe: bool): i32 {
  if (!isPlainRule) return CHECKED;
  const least = (left & 255) + (right & 255), most = ((left >> 8) & 255) + ((right >> 8) & 255);
  const hasSpecial = isSafe && (((left >> 8) & 255) == 255 || ((right >> 8) & 255) == 255);
  // The biased exponents of a and b sum to that of the product plus 127, and the mantissas carry at most twice.
  if (hasSpecial || least < 128 || most > 379) return CHECKED;
  return SUM | (left & HAS_ZEROS ? MASK_A : 0) | (right & HAS_ZEROS ? MASK_B : 0);
}

/**
 * c (+)= A B for m x n elements over k of the inner dimension; cStep in bytes; spare: 128 bytes. B may be packed deeper than
 * k: its panels are `packedK` rows each.
 */
export function lmulPanels(
  a: usize, masks: usize, aSummaries: usize, b: usize, packedK: i32, bSummaries: usize, c: usize, cStep: usize,
  m: i32, n: i32, k: i32, accumulates: bool, rule: usize, spare: usize,
): void {
  const flags = load<i32>(rule, FLAGS), plain = isPlain(rule), safe = (flags & SAFE) != 0;
  const isProduct = (flags & MULTIPLY) != 0 && load<i32>(rule, STEP) == 0;
  const panel = <usize>k << 4, bPanel = <usize>packedK << 5;
  for (let column = 0; column < n; column += 8, b += bPanel, bSummaries += 4) {
    const columns = min(8, n - column), right = load<i32>(bSummaries);
    let from = a, mask = masks, summary = aSummaries, to = c + (<usize>column << 2);
    for (let row = 0; row < m; row += 4, from += panel, mask += panel, summary += 4, to += cStep << 2) {
      const rows = min(4, m - row);
      const kind = isProduct ? TIMES : tileKind(load<i32>(summary), right, plain, safe);
      if (rows == 4 && columns == 8) runTile(kind, from, mask, b, k, to, cStep, accumulates, rule);
      else runEdgeTile(kind, from, mask, b, k, to, cStep, accumulates, rule, rows, columns, spare);
    }
  }
}

/** Rounds finished sums to the rule's result format: `rows` rows of n elements, cStep bytes apart. */
export function roundResults(c: usize, cStep: usize, rows: i32, n: i32, rule: usize): void {
  const format = load<i32>(rule, RESULT), saturates = (load<i32>(rule, FLAGS) & SATURATE) != 0;
  if (format == 0) return;
  for (let row = 0; row < rows; row++, c += cStep) {
    let i = 0;
    for (; i <= n - 4; i += 4) v128.store(c + (<usize>i << 2), roundTo4(v128.load(c + (<usize>i << 2)), format, saturates));
    for (; i < n; i++) {
      const at = c + (<usize>i << 2);
      store<i32>(at, i32x4.extract_lane(roundTo4(v128.load32_splat(at), format, saturates), 0));
    }
  }
}
