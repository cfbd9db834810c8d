// Softmax attention, tiled with an online softmax (Dao 2023, FlashAttention-2): no score outlives its 64 x 8 tile.
//
// A unit is up to 128 query rows of one head. Its keys pass by in tiles of 64, packed once for all rows of the unit;
// m, l and the transposed accumulator [dv, 8 rows] are kept per panel of 8 rows. Rows and channels of a panel lie side by
// side in one vector, so the softmax needs no horizontal operation.

import {
  optionD, optionDv, optionKStep, optionLeft, optionOStep, optionQStep, optionRight, optionScale, optionVStep,
  unitK, unitKeys, unitLse, unitO, unitPosition, unitQ, unitRows, unitSink, unitV, UNIT_BYTES,
} from "../common/attention-layout";
import { addBias, addSlopes, capScores, maskScores, PANEL_ROWS, scoreTile, TILE_KEYS } from "../common/attention-scores";
import { exp4, expNonPositive4 } from "../common/exp";
import { gemmTile } from "../common/gemm-tile";
import { transpose4x4 } from "../common/transpose";
import { F32 } from "../common/storage";
import { f32_pack_a_4, f32_pack_b_8 } from "../matmul/f32-pack";

/** Query rows of a unit: enough to make packing the keys cheap, few enough to keep panels in the second-level cache. */
const UNIT_ROWS: usize = 128;
const KEYS: usize = <usize>TILE_KEYS;

const NEGATIVE_INFINITY: f32 = -f32.MAX_VALUE * 2;

// @ts-ignore: decorator
@inline
function roundUp4(n: i32): usize {
  return <usize>(n + 3) & ~3;
}

/** Scratch bytes that f32_attention needs. */
export function f32_attention_scratch(d: i32, dv: i32): i32 {
  const channels = roundUp4(d) + roundUp4(dv);
  return <i32>((UNIT_ROWS * channels + UNIT_ROWS * 2 + KEYS * channels + KEYS * PANEL_ROWS) << 2);
}

/** m' = max(m, scores), p = e^(s - m'), l' = e^(m - m') l + sum p, acc *= e^(m - m'); for one panel. */
function softmaxStep(s: usize, count: i32, stats: usize, acc: usize, dv4: usize): void {
  const oldLo = v128.load(stats), oldHi = v128.load(stats, 16);
  const end = s + (<usize>count << 5);
  let lo = oldLo, hi = oldHi;
  for (let at = s; at < end; at += 32) {
    lo = f32x4.pmax(lo, v128.load(at));
    hi = f32x4.pmax(hi, v128.load(at, 16));
  }
  v128.store(stats, lo);
  v128.store(stats, hi, 16);
  // A row that has seen no key yet has m = -inf; 0 in its place keeps e^(-inf - m) = 0 instead of NaN.
  const none = f32x4.splat(NEGATIVE_INFINITY);
  lo = v128.andnot(lo, f32x4.eq(lo, none));
  hi = v128.andnot(hi, f32x4.eq(hi, none));
  let sumLo = f32x4.splat(0), sumHi = sumLo;
  for (let at = s; at < end; at += 32) {
    const pLo = expNonPositive4(f32x4.sub(v128.load(at), lo));
    const pHi = expNonPositive4(f32x4.sub(v128.load(at, 16), hi));
    v128.store(at, pLo);
    v128.store(at, pHi, 16);
    sumLo = f32x4.add(sumLo, pLo);
    sumHi = f32x4.add(sumHi, pHi);
  }
  const scaleLo = expNonPositive4(f32x4.sub(oldLo, lo)), scaleHi = expNonPositive4(f32x4.sub(oldHi, hi));
  v128.store(stats, f32x4.add(f32x4.mul(v128.load(stats, 32), scaleLo), sumLo), 32);
  v128.store(stats, f32x4.add(f32x4.mul(v128.load(stats, 48), scaleHi), sumHi), 48);
  if (!v128.any_true(v128.or(v128.xor(scaleLo, f32x4.splat(1)), v128.xor(scaleHi, f32x4.splat(1))))) return;
  for (const last = acc + (dv4 << 5); acc < last; acc += 32) {
    v128.store(acc, f32x4.mul(v128.load(acc), scaleLo));
    v128.store(acc, f32x4.mul(v128.load(acc, 16), scaleHi), 16);
  }
}

/** acc / l to rows of o, and m + log l to lse; the sink joins the denominator here. */
function finishPanel(acc: usize, stats: usize, rows: i32, dv: i32, o: usize, oStep: usize, lse: usize, sink: f32): void {
  for (let row = 0; row < rows; row++) {
    const at = stats + (<usize>row << 2);
    const m = load<f32>(at), l = load<f32>(at, 32);
    const top = max(m, sink);
    if (top == NEGATIVE_INFINITY) {
      store<f32>(at, 0);
      if (lse) store<f32>(lse + (<usize>row << 2), NEGATIVE_INFINITY + l); // l is 0, or NaN where a score was
      continue;
    }
    const own = f32x4.extract_lane(exp4(f32x4.splat(m - top)), 0);
    const total = l * own + f32x4.extract_lane(exp4(f32x4.splat(sink - top)), 0);
    store<f32>(at, own / total);
    if (lse) store<f32>(lse + (<usize>row << 2), top + Mathf.log(total));
  }
  const factorLo = v128.load(stats), factorHi = v128.load(stats, 16);
  for (let at = acc, last = acc + (roundUp4(dv) << 5); at < last; at += 32) {
    v128.store(at, f32x4.mul(v128.load(at), factorLo));
    v128.store(at, f32x4.mul(v128.load(at, 16), factorHi), 16);
  }
  for (let half = 0; half < rows; half += 4, acc += 16, o += oStep << 2) {
    let from = acc, to = o, c = 0;
    const count = min(4, rows - half);
    if (count == 4) for (; c <= dv - 4; c += 4, from += 128, to += 16) transpose4x4(from, 32, to, oStep);
    for (; c < dv; c++, from += 32, to += 4) {
      for (let r = 0; r < count; r++) store<f32>(to + <usize>r * oStep, load<f32>(from + (<usize>r << 2)));
    }
  }
}

function attendUnit(options: usize, unit: usize, scratch: usize): void {
  const d = optionD(options), dv = optionDv(options), dv4 = roundUp4(dv);
  const rows = unitRows(unit), position = unitPosition(unit);
  const left = optionLeft(options), right = optionRight(options);
  const panelQ = <usize>d << 5, panelAcc = dv4 << 5;
  const q = scratch, acc = q + UNIT_ROWS * (<usize>d << 2), stats = acc + UNIT_ROWS * (dv4 << 2);
  const k = stats + UNIT_ROWS * 8, v = k + KEYS * (<usize>d << 2), s = v + KEYS * (dv4 << 2);

  f32_pack_b_8(unitQ(unit), q, d, rows, <i32>(optionQStep(options) >> 2), 1, F32, 0);
  const scale = f32x4.splat(optionScale(options));
  const panels = (rows + PANEL_ROWS - 1) / PANEL_ROWS;
  for (let at = q, end = q + <usize>panels * panelQ; at < end; at += 16) v128.store(at, f32x4.mul(v128.load(at), scale));
  memory.fill(acc, 0, <usize>panels * panelAcc);
  for (let at = stats, end = stats + (<usize>panels << 6); at < end; at += 64) {
    const none = f32x4.splat(NEGATIVE_INFINITY), zero = f32x4.splat(0);
    v128.store(at, none);
    v128.store(at, none, 16);
    v128.store(at, zero, 32);
    v128.store(at, zero, 48);
  }

  const firstKey = max(0, position - left) & ~(TILE_KEYS - 1), lastKey = min(unitKeys(unit), position + rows + right);
  for (let key = firstKey; key < lastKey; key += TILE_KEYS) {
    const keys = min(TILE_KEYS, lastKey - key);
    const kStep = optionKStep(options), vStep = optionVStep(options);
    f32_pack_a_4(unitK(unit) + <usize>key * kStep, k, keys, d, <i32>(kStep >> 2), 0, F32, 0);
    f32_pack_a_4(unitV(unit) + <usize>key * vStep, v, dv, keys, <i32>(vStep >> 2), 1, F32, 0);
    for (let p = 0; p < panels; p++) {
      const row = p * PANEL_ROWS, at = position + row;
      const first = max(0, at - left - key) & ~3, last = min(keys, at + PANEL_ROWS + right - key);
      const count = last - first;
      if (count <= 0) continue;
      const accP = acc + <usize>p * panelAcc;
      scoreTile(k, q + <usize>p * panelQ, d, first, last, s);
      capScores(options, s, count);
      addBias(options, unit, row, key + first, s, count);
      addSlopes(options, unit, at, key + first, s, count);
      maskScores(options, at, key + first, s, count);
      softmaxStep(s, count, stats + (<usize>p << 6), accP, dv4);
      for (let c: usize = 0; c < dv4; c += 4) {
        gemmTile<f32>(v + c * (<usize>keys << 2) + (<usize>first << 4), s, count, accP + (c << 5), 32, true);
      }
    }
  }

  const oStep = optionOStep(options), lse = unitLse(unit);
  for (let p = 0; p < panels; p++) {
    const row = <usize>(p * PANEL_ROWS);
    finishPanel(
      acc + <usize>p * panelAcc, stats + (<usize>p << 6), min(PANEL_ROWS, rows - <i32>row), dv,
      unitO(unit) + row * oStep, oStep, lse ? lse + (row << 2) : 0, unitSink(unit),
    );
  }
}

/**
 * o = softmax(scale q k^T + ...) v and its log-sum-exp for units first, first + step, ... below count.
 * options, units: records of common/attention-layout.ts, units of 1 to 128 rows; scratch: f32_attention_scratch bytes.
 */
export function f32_attention(options: usize, units: usize, first: i32, step: i32, count: i32, scratch: usize): void {
  for (let i = first; i < count; i += step) attendUnit(options, units + <usize>i * UNIT_BYTES, scratch);
}
