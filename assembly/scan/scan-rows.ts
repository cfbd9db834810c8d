// Scans of rows of adjacent floats (common/scan-doubles.ts).
//
// A row is scanned in blocks of 65536 from its beginning (from its end when reversed). What a block begins with is the join of
// what the one before it began with and of that block's own total, so that blocks may run apart - totals first, then the
// scans - and give the bits that one pass gives.
//
// mode: 1 exclusive, 2 reversed, 4 the state holds what comes before; otherwise every row begins with nothing.
// state: f64 what comes before, and after the call the join of it and the row; f64 1 where a reset was seen.
// resets: a byte per element of a row, those of the rows `apart` bytes apart, not 0 where the scan begins anew; 0 for none.

import { delayed, join, joinOne, neutral, pairOf, splatLast, storePairs, swapped } from "../common/scan-doubles";
import { sumBlock } from "../common/scan-sums";

const BLOCK: i32 = 65536;

/** Scans n elements; dst of 0 asks for the state alone. */
// @ts-ignore: decorator
@inline
function whole<T>(op: i32, exclusive: bool, reversed: bool, src: usize, dst: usize, n: i32, state: usize): void {
  if (op == 0 && sizeof<T>() == 4) {
    sumBlock(exclusive, reversed, src, dst, n, state);
    return;
  }
  const before = load<f64>(state);
  let carry = f64x2.splat(before);
  let total = f64x2.splat(neutral(op));
  let at = src;
  let to = dst;
  for (; n >= 4; n -= 4) {
    if (reversed) {
      at = src + (<usize>(n - 4)) * sizeof<T>();
      to = dst + (<usize>(n - 4)) * sizeof<T>();
    }
    const first = reversed ? swapped(pairOf<T>(at, true)) : pairOf<T>(at, false);
    const second = reversed ? swapped(pairOf<T>(at, false)) : pairOf<T>(at, true);
    const p = join(op, delayed(op, first), first);
    const q = join(op, delayed(op, second), second);
    const two = splatLast(p);
    const four = join(op, two, splatLast(q));
    if (dst) {
      const y = join(op, carry, exclusive ? delayed(op, first) : p);
      const z = join(op, carry, join(op, two, exclusive ? delayed(op, second) : q));
      if (reversed) storePairs<T>(to, swapped(z), swapped(y));
      else storePairs<T>(to, y, z);
    }
    // The only chain from one step to the next is a single operation.
    carry = join(op, carry, four);
    total = join(op, total, four);
    if (!reversed) {
      at += 4 * sizeof<T>();
      to += 4 * sizeof<T>();
    }
  }
  let running = f64x2.extract_lane(carry, 0);
  let sum = f64x2.extract_lane(total, 0);
  for (; n > 0; n--) {
    const last = (<usize>(n - 1)) * sizeof<T>();
    const x = <f64>load<T>(reversed ? src + last : at);
    const next = joinOne(op, running, x);
    if (dst) store<T>(reversed ? dst + last : to, <T>(exclusive ? running : next));
    running = next;
    sum = joinOne(op, sum, x);
    at += sizeof<T>();
    to += sizeof<T>();
  }
  store<f64>(state, joinOne(op, before, sum));
}

/** The same with resets, one element at a time. */
// @ts-ignore: decorator
@inline
function segmented<T>(op: i32, mode: i32, src: usize, resets: usize, dst: usize, n: i32, state: usize): void {
  const before = load<f64>(state);
  let running = before;
  let total = neutral(op);
  let seen = false;
  for (let i = 0; i < n; i++) {
    const k: usize = mode & 2 ? n - 1 - i : i;
    const reset = load<u8>(resets + k) != 0;
    const x = <f64>load<T>(src + k * sizeof<T>());
    const next = reset ? x : joinOne(op, running, x);
    if (dst) store<T>(dst + k * sizeof<T>(), <T>(!(mode & 1) ? next : reset ? neutral(op) : running));
    running = next;
    total = reset ? x : joinOne(op, total, x);
    seen = seen || reset;
  }
  store<f64>(state, seen ? total : joinOne(op, before, total));
  if (seen) store<f64>(state, 1, 8);
}

// @ts-ignore: decorator
@inline
function block<T>(op: i32, mode: i32, src: usize, resets: usize, dst: usize, n: i32, state: usize): void {
  if (resets) {
    segmented<T>(op, mode, src, resets, dst, n, state);
    return;
  }
  switch (mode & 3) {
    case 0: whole<T>(op, false, false, src, dst, n, state); break;
    case 1: whole<T>(op, true, false, src, dst, n, state); break;
    case 2: whole<T>(op, false, true, src, dst, n, state); break;
    default: whole<T>(op, true, true, src, dst, n, state);
  }
}

// @ts-ignore: decorator
@inline
function rowsAs<T>(op: i32, mode: i32, src: usize, resets: usize, apart: usize, dst: usize, rows: i32, n: i32, state: usize): void {
  for (; rows > 0; rows--) {
    if (!(mode & 4)) {
      store<f64>(state, neutral(op));
      store<f64>(state, 0, 8);
    }
    for (let done = 0; done < n; done += BLOCK) {
      const count = min(BLOCK, n - done);
      const k: usize = mode & 2 ? n - done - count : done;
      block<T>(op, mode, src + k * sizeof<T>(), resets ? resets + k : 0, dst ? dst + k * sizeof<T>() : 0, count, state);
    }
    src += <usize>n * sizeof<T>();
    if (dst) dst += <usize>n * sizeof<T>();
    if (resets) resets += apart;
  }
}

/** Rows of n elements one after the other; with dst of 0 only the state of the last one, or of the one. */
export function f32_scan_rows(op: i32, mode: i32, src: usize, resets: usize, apart: usize, dst: usize, rows: i32, n: i32, state: usize): void {
  switch (op) {
    case 0: rowsAs<f32>(0, mode, src, resets, apart, dst, rows, n, state); break;
    case 1: rowsAs<f32>(1, mode, src, resets, apart, dst, rows, n, state); break;
    default: rowsAs<f32>(2, mode, src, resets, apart, dst, rows, n, state);
  }
}

/** The same over f64. */
export function f64_scan_rows(op: i32, mode: i32, src: usize, resets: usize, apart: usize, dst: usize, rows: i32, n: i32, state: usize): void {
  switch (op) {
    case 0: rowsAs<f64>(0, mode, src, resets, apart, dst, rows, n, state); break;
    case 1: rowsAs<f64>(1, mode, src, resets, apart, dst, rows, n, state); break;
    default: rowsAs<f64>(2, mode, src, resets, apart, dst, rows, n, state);
  }
}

/** state becomes state joined with what came after it. */
export function f64_scan_merge(op: i32, state: usize, later: usize): void {
  const a = load<f64>(state);
  const b = load<f64>(later);
  const seen = load<f64>(later, 8) != 0;
  store<f64>(state, seen ? b : op == 0 ? a + b : op == 1 ? a * b : max<f64>(a, b));
}
