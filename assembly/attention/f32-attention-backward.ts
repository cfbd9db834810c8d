// Backward of tiled softmax attention (Dao 2023): probabilities are recomputed from the scores and the log-sum-exp.
//
// A unit is one query head, whole. For every tile of 64 keys all tiles of 64 rows that see it pass by; with X the scores
// before the softmax:  P = e^(X - lse), dX = P (dO V^T - rowsum(dO O)), dV += P^T dO, dK += dX^T Q, dQ += dX K.
// Units that share their k and v run one after the other in one call, so nothing is written by two threads.

import {
  optionBiasKeyStep, optionBiasRowStep, optionCap, optionD, optionDBias, optionDv, optionKStep, optionLeft, optionOStep,
  optionQStep, optionRight, optionScale, optionVStep, unitBias, unitDk, unitDO, unitDq, unitDSink, unitDv, unitK, unitKeys,
  unitLse, unitO, unitPosition, unitQ, unitRows, unitSink, unitV, UNIT_BYTES,
} from "../common/attention-layout";
import { addBias, addSlopes, capScores, maskScores, PANEL_ROWS, scoreTile, TILE_KEYS } from "../common/attention-scores";
import { exp4, expNonPositive4 } from "../common/exp";
import { gemmPanels } from "../common/gemm-panels";
import { gemmTile } from "../common/gemm-tile";
import { transpose4x4 } from "../common/transpose";
import { F32 } from "../common/storage";
import { f32_pack_a_4, f32_pack_b_8 } from "../matmul/f32-pack";

/** Rows of a query tile. */
const TILE_ROWS: i32 = 64;
/** Bytes of one panel of scores: 64 keys x 8 rows. */
const PANEL: usize = 2048;
/** Bytes of all 8 panels of a tile of scores. */
const SCORES: usize = 16384;

// @ts-ignore: decorator
@inline
function roundUp8(n: i32): usize {
  return <usize>(n + 7) & ~7;
}

// Scratch: spare (128 bytes) | P | dX | cap slopes | transposed | eight slots of 64 x max(d, dv) | lse, rowsum per row.
const P: usize = 128;
const DX: usize = P + SCORES;
const CAP: usize = DX + SCORES;
const TRANSPOSED: usize = CAP + SCORES;
const SLOTS: usize = TRANSPOSED + SCORES;

/** Scratch bytes of f32_attention_backward for units of at most `rows` rows. */
export function f32_attention_backward_scratch(d: i32, dv: i32, rows: i32): i32 {
  return <i32>(SLOTS + 9 * (roundUp8(max(d, dv)) << 8) + (roundUp8(rows) << 3));
}

/** lse (+inf for a row that sees nothing, so that its P is 0), rowsum(dO O), and the gradient of the sink. */
function prepareRows(options: usize, unit: usize, lse: usize, sums: usize): void {
  const rows = unitRows(unit), dv = optionDv(options), step = optionOStep(options), sink = unitSink(unit);
  let o = unitO(unit), g = unitDO(unit), dSink: f32 = 0;
  for (let i = 0, end = <i32>roundUp8(rows); i < end; i++, lse += 4, sums += 4, o += step, g += step) {
    let sum: f32 = 0, l: f32 = f32.MAX_VALUE * 2;
    if (i < rows) {
      for (let c: usize = 0; c < <usize>dv << 2; c += 4) sum += load<f32>(o + c) * load<f32>(g + c);
      const own = load<f32>(unitLse(unit) + (<usize>i << 2));
      if (own != -f32.MAX_VALUE * 2) l = own;
      dSink -= f32x4.extract_lane(exp4(f32x4.splat(sink - l)), 0) * sum;
    }
    store<f32>(lse, l);
    store<f32>(sums, sum);
  }
  if (unitDSink(unit)) store<f32>(unitDSink(unit), dSink);
}

/** 1 - (s / c)^2, the slope of the soft-cap at scores that are capped already. */
function capSlopes(cap: f32, s: usize, count: i32, to: usize): void {
  const inverse = f32x4.splat(1 / cap), one = f32x4.splat(1);
  for (const end = s + (<usize>count << 5); s < end; s += 16, to += 16) {
    const t = f32x4.mul(v128.load(s), inverse);
    v128.store(to, f32x4.sub(one, f32x4.mul(t, t)));
  }
}

/** s = P = e^(s - lse) for one panel. */
function probabilities(s: usize, count: i32, lse: usize): void {
  const lo = v128.load(lse), hi = v128.load(lse, 16);
  for (const end = s + (<usize>count << 5); s < end; s += 32) {
    v128.store(s, expNonPositive4(f32x4.sub(v128.load(s), lo)));
    v128.store(s, expNonPositive4(f32x4.sub(v128.load(s, 16), hi)), 16);
  }
}

/** dx = P (dP - rowsum) for one panel; dx holds dP before. */
function scoreGradient(p: usize, dx: usize, count: i32, sums: usize): void {
  const lo = v128.load(sums), hi = v128.load(sums, 16);
  for (const end = p + (<usize>count << 5); p < end; p += 32, dx += 32) {
    v128.store(dx, f32x4.mul(v128.load(p), f32x4.sub(v128.load(dx), lo)));
    v128.store(dx, f32x4.mul(v128.load(p, 16), f32x4.sub(v128.load(dx, 16), hi)), 16);
  }
}

function multiply(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 5); x < end; x += 16, y += 16) v128.store(x, f32x4.mul(v128.load(x), v128.load(y)));
}

/** The bias takes dX as it is, summed where it was broadcast. */
function addBiasGradient(options: usize, unit: usize, row: i32, key: i32, dx: usize, count: i32): void {
  if (!optionDBias(options) || !unitBias(unit)) return;
  const rowStep = optionBiasRowStep(options), keyStep = optionBiasKeyStep(options);
  const rows = min(PANEL_ROWS, unitRows(unit) - row);
  const to = unitBias(unit) + optionDBias(options) + <usize>row * rowStep + <usize>key * keyStep;
  for (let j = 0; j < count; j++, dx += 32) {
    let at = to + <usize>j * keyStep;
    for (let r = 0; r < rows; r++, at += rowStep) store<f32>(at, load<f32>(at) + load<f32>(dx + (<usize>r << 2)));
  }
}

/** Panels [key][8 rows] to packed left operands: panels of 4 keys, [row][4 keys]. */
function transposeScores(from: usize, panels: i32, to: usize): void {
  const step = <usize>panels << 7;
  for (let p = 0; p < panels; p++, from += PANEL, to += 128) {
    for (let key: usize = 0; key < 16; key++) {
      transpose4x4(from + (key << 7), 32, to + key * step, 16);
      transpose4x4(from + (key << 7) + 16, 32, to + key * step + 64, 16);
    }
  }
}

/** dq[row] += scale (dX K)[row] for one panel; `tile` is scratch of 32 bytes per channel (rounded up to 4). */
function addQueryGradient(options: usize, k: usize, keys: i32, dx: usize, tile: usize, dq: usize, rows: i32): void {
  const d = optionD(options), step = optionQStep(options), scale = optionScale(options);
  for (let c = 0; c < d; c += 4, k += <usize>keys << 4) gemmTile<f32>(k, dx, keys, tile + (<usize>c << 5), 32, false);
  for (let r = 0; r < rows; r++, dq += step, tile += 4) {
    let from = tile;
    for (let to = dq, end = dq + (<usize>d << 2); to < end; to += 4, from += 32) {
      store<f32>(to, load<f32>(to) + scale * load<f32>(from));
    }
  }
}

/** rows of `to` += rows of a tile of `width` floats. */
function addRows(tile: usize, width: usize, to: usize, step: usize, rows: i32, channels: i32): void {
  for (let r = 0; r < rows; r++, tile += width << 2, to += step) {
    let c: usize = 0;
    const end = <usize>channels << 2;
    for (; c + 16 <= end; c += 16) v128.store(to + c, f32x4.add(v128.load(to + c), v128.load(tile + c)));
    for (; c < end; c += 4) store<f32>(to + c, load<f32>(to + c) + load<f32>(tile + c));
  }
}

/** One tile of rows against the packed tile of keys; accumulates dq in place and dk, dv in their tiles. */
function backwardTile(options: usize, unit: usize, row: i32, key: i32, keys: i32, scratch: usize, stats: usize): void {
  const d = optionD(options), dv = optionDv(options), rows = min(TILE_ROWS, unitRows(unit) - row);
  const qStep = optionQStep(options), oStep = optionOStep(options), at = <usize>row;
  const slot = roundUp8(max(d, dv)) << 8, slots = scratch + SLOTS;
  const kKeys = slots, vKeys = slots + slot, kChannels = slots + 2 * slot;
  const q = slots + 3 * slot, g = slots + 4 * slot, packed = slots + 5 * slot;
  const dkTile = slots + 6 * slot, dvTile = slots + 7 * slot, dqTile = slots + 8 * slot;
  const lse = stats + (at << 2), sums = lse + (roundUp8(unitRows(unit)) << 2);
  const panels = (rows + PANEL_ROWS - 1) / PANEL_ROWS, cap = optionCap(options);

  f32_pack_b_8(unitQ(unit) + at * qStep, q, d, rows, <i32>(qStep >> 2), 1, F32, 0);
  const scale = f32x4.splat(optionScale(options));
  for (let x = q, end = q + <usize>panels * (<usize>d << 5); x < end; x += 16) v128.store(x, f32x4.mul(v128.load(x), scale));
  f32_pack_b_8(unitDO(unit) + at * oStep, g, dv, rows, <i32>(oStep >> 2), 1, F32, 0);
  memory.fill(scratch + P, 0, <usize>panels * PANEL);
  memory.fill(scratch + DX, 0, <usize>panels * PANEL);
  for (let p = 0; p < panels; p++) {
    const panelRow = row + p * PANEL_ROWS, position = unitPosition(unit) + panelRow;
    const first = max(0, position - optionLeft(options) - key) & ~3;
    const count = min(keys, position + PANEL_ROWS + optionRight(options) - key) - first;
    if (count <= 0) continue;
    const offset = <usize>p * PANEL + (<usize>first << 5), panelAt = <usize>(p * PANEL_ROWS) << 2;
    const s = scratch + P + offset, dx = scratch + DX + offset;
    scoreTile(kKeys, q + <usize>p * (<usize>d << 5), d, first, first + count, s);
    capScores(options, s, count);
    if (cap != 0) capSlopes(cap, s, count, scratch + CAP);
    addBias(options, unit, panelRow, key + first, s, count);
    addSlopes(options, unit, position, key + first, s, count);
    maskScores(options, position, key + first, s, count);
    probabilities(s, count, lse + panelAt);
    scoreTile(vKeys, g + <usize>p * (<usize>dv << 5), dv, first, first + count, dx);
    scoreGradient(s, dx, count, sums + panelAt);
    addBiasGradient(options, unit, panelRow, key + first, dx, count);
    if (cap != 0) multiply(dx, scratch + CAP, count);
    // Scores are made in fours: what lies past the last key must not reach the sums over keys.
    const past = <usize>(((count + 3) & ~3) - count) << 5;
    memory.fill(s + (<usize>count << 5), 0, past);
    memory.fill(dx + (<usize>count << 5), 0, past);
    const dq = unitDq(unit) + <usize>panelRow * qStep;
    addQueryGradient(options, kChannels, keys, scratch + DX + <usize>p * PANEL, dqTile, dq, min(8, rows - p * PANEL_ROWS));
  }
  transposeAndAccumulate(scratch, P, panels, unitDO(unit) + at * oStep, oStep, rows, dv, packed, dvTile);
  transposeAndAccumulate(scratch, DX, panels, unitQ(unit) + at * qStep, qStep, rows, d, packed, dkTile);
}

/** tile [64 keys, channels] += scores^T source; source: `rows` rows of `channels`, packed into `packed` here. */
function transposeAndAccumulate(
  scratch: usize, scores: usize, panels: i32, source: usize, step: usize, rows: i32, channels: i32, packed: usize, tile: usize,
): void {
  const width = <i32>roundUp8(channels), keyPanel = <usize>panels << 7;
  transposeScores(scratch + scores, panels, scratch + TRANSPOSED);
  f32_pack_b_8(source, packed, rows, channels, <i32>(step >> 2), 0, F32, 0);
  // Panels of keys are 8 panels of rows apart, while only `rows` of them count: one panel of keys at a time.
  for (let key: usize = 0; key < 16; key++) {
    const a = scratch + TRANSPOSED + key * keyPanel;
    gemmPanels<f32>(a, packed, tile + key * (<usize>width << 4), <usize>width << 2, 4, width, rows, true, scratch);
  }
}

function backwardUnit(options: usize, unit: usize, scratch: usize): void {
  const d = optionD(options), dv = optionDv(options), rows = unitRows(unit), position = unitPosition(unit);
  const kStep = optionKStep(options), vStep = optionVStep(options);
  const slot = roundUp8(max(d, dv)) << 8, slots = scratch + SLOTS, stats = slots + 9 * slot;
  const dkTile = slots + 6 * slot, dvTile = slots + 7 * slot;
  prepareRows(options, unit, stats, stats + (roundUp8(rows) << 2));
  for (let key = 0; key < unitKeys(unit); key += TILE_KEYS) {
    const keys = min(TILE_KEYS, unitKeys(unit) - key);
    const k = unitK(unit) + <usize>key * kStep, v = unitV(unit) + <usize>key * vStep;
    f32_pack_a_4(k, slots, keys, d, <i32>(kStep >> 2), 0, F32, 0);
    f32_pack_a_4(v, slots + slot, keys, dv, <i32>(vStep >> 2), 0, F32, 0);
    f32_pack_a_4(k, slots + 2 * slot, d, keys, <i32>(kStep >> 2), 1, F32, 0);
    memory.fill(dkTile, 0, slot << 1);
    // Rows that see some key of the tile.
    const first = max(0, key - optionRight(options) - position) & ~(TILE_ROWS - 1);
    const last = min(rows, key + keys + optionLeft(options) - position);
    for (let row = first; row < last; row += TILE_ROWS) backwardTile(options, unit, row, key, keys, scratch, stats);
    scaleTile(dkTile, slot, optionScale(options));
    addRows(dkTile, roundUp8(d), unitDk(unit) + <usize>key * kStep, kStep, keys, d);
    addRows(dvTile, roundUp8(dv), unitDv(unit) + <usize>key * vStep, vStep, keys, dv);
  }
}

function scaleTile(tile: usize, bytes: usize, scale: f32): void {
  const factor = f32x4.splat(scale);
  for (const end = tile + bytes; tile < end; tile += 16) v128.store(tile, f32x4.mul(v128.load(tile), factor));
}

/**
 * Adds to dq, dk, dv (and dBias) and sets dSink, for units [first, first + count) in order; the gradients lie as q, k, v and
 * the bias do. options, units: records of common/attention-layout.ts, a unit being a whole query head.
 */
export function f32_attention_backward(options: usize, units: usize, first: i32, count: i32, scratch: usize): void {
  for (let i = first; i < first + count; i++) backwardUnit(options, units + <usize>i * UNIT_BYTES, scratch);
}
