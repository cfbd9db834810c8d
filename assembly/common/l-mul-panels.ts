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

// @ts-ignore: decorator
@inline
function horizontalMax(x: v128): i32 {
  const y = i32x4.max_s(x, i32x4.shuffle(x, x, 2, 3, 0, 1));
  return i32x4.extract_lane(i32x4.max_s(y, i32x4.shuffle(y, y, 1, 0, 3, 2)), 0);
}

// @ts-ignore: decorator
@inline
function summaryOf(least: v128, most: v128, hasZeros: bool): i32 {
  return horizontalMin(least) | (horizontalMax(most) << 8) | (hasZeros ? HAS_ZEROS : 0);
}

function subtract(panel: usize, bytes: usize, offset: v128): void {
  for (const end = panel + bytes; panel < end; panel += 16) v128.store(panel, i32x4.sub(v128.load(panel), offset));
}

/** Reduces the operands of a panel in place and flushes subnormals to zero. */
function cleanPanel(panel: usize, bytes: usize, flushes: bool, rule: usize): i32 {
  const exponentMask = i32x4.splat(0x7f800000), none = i32x4.splat(0);
  let least = i32x4.splat(255), most = none, zeros = none;
  for (const end = panel + bytes; panel < end; panel += 16) {
    let x = operand4(v128.load(panel), rule);
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
    v128.store(panel, x);
  }
  return summaryOf(least, most, v128.any_true(zeros));
}

function writeMasks(panel: usize, masks: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(masks + i, i32x4.ne(i32x4.shl(v128.load(panel + i), 1), i32x4.splat(0)));
  }
}

/** The summary of a panel that stays as it is; what it says is right unless its smallest exponent field is 0. */
function scanPanel(panel: usize, bytes: usize): i32 {
  let least = i32x4.splat(-1), most = i32x4.splat(0);
  for (const end = panel + bytes; panel < end; panel += 16) {
    const magnitude = i32x4.shl(v128.load(panel), 1);
    least = i32x4.min_u(least, magnitude);
    most = i32x4.max_u(most, magnitude);
  }
  return summaryOf(i32x4.shr_u(least, 24), i32x4.shr_u(most, 24), false);
}

/**
 * Makes a freshly packed panel ready: operands reduced, subnormals flushed (safe), and in A's panels the offset subtracted
 * (plain rules) and masks of the nonzero elements written if there is a zero. Most panels need no more than a scan.
 */
function finishPanel(panel: usize, masks: usize, bytes: usize, isLeft: bool, rule: usize): i32 {
  const flags = load<i32>(rule, FLAGS);
  const flushes = !(flags & (NATIVE | MULTIPLY)) && (flags & SAFE) != 0;
  let summary = flags & REDUCE ? 0 : scanPanel(panel, bytes);
  if (flags & REDUCE || (flushes && (summary & 255) == 0)) summary = cleanPanel(panel, bytes, flushes, rule);
  if (!isLeft) return summary;
  if (summary & HAS_ZEROS) writeMasks(panel, masks, bytes);
  if (isPlain(rule)) subtract(panel, bytes, i32x4.splat(load<i32>(rule, OFFSET)));
  return summary;
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
