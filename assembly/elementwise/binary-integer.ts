// Functions of two i32 or u32 operands, called like those of binary.ts. Overflow wraps; x / 0 and x mod 0 are 0, and the
// quotient is truncated towards zero, so that no operand traps and every backend gives the same bits.

import { SLOT_0, SLOT_1, advance, seek, splatInto } from "../common/nest";
import { loadTail, storeTail } from "../common/tail";

// @ts-ignore: decorator
@inline
function divide(signed: bool, a: i32, b: i32): i32 {
  if (b == 0) return 0;
  if (!signed) return <i32>(<u32>a / <u32>b);
  return b == -1 ? 0 - a : a / b;
}

/** The remainder with the sign of b, as Python's %. */
// @ts-ignore: decorator
@inline
function flooredMod(signed: bool, a: i32, b: i32): i32 {
  if (b == 0) return 0;
  if (!signed) return <i32>(<u32>a % <u32>b);
  if (b == -1) return 0;
  const r = a % b;
  return r != 0 && (r ^ b) < 0 ? r + b : r;
}

// @ts-ignore: decorator
@inline
function applyLane(op: i32, signed: bool, a: i32, b: i32): i32 {
  return op == 3 ? divide(signed, a, b) : flooredMod(signed, a, b);
}

// @ts-ignore: decorator
@inline
function applyInteger(op: i32, signed: bool, a: v128, b: v128): v128 {
  if (op == 0) return i32x4.add(a, b);
  if (op == 1) return i32x4.sub(a, b);
  if (op == 2) return i32x4.mul(a, b);
  if (op == 4) return signed ? i32x4.min_s(a, b) : i32x4.min_u(a, b);
  if (op == 5) return signed ? i32x4.max_s(a, b) : i32x4.max_u(a, b);
  let r = i32x4.splat(applyLane(op, signed, i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0)));
  r = i32x4.replace_lane(r, 1, applyLane(op, signed, i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1)));
  r = i32x4.replace_lane(r, 2, applyLane(op, signed, i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2)));
  return i32x4.replace_lane(r, 3, applyLane(op, signed, i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3)));
}

// @ts-ignore: decorator
@inline
function run(op: i32, signed: bool, a: usize, b: usize, dst: usize, n: i32, aStep: usize, bStep: usize): void {
  for (; n >= 4; n -= 4) {
    v128.store(dst, applyInteger(op, signed, v128.load(a), v128.load(b)));
    a += aStep;
    b += bStep;
    dst += 16;
  }
  if (n > 0) storeTail(dst, applyInteger(op, signed, loadTail(a, n), loadTail(b, n)), n);
}

// @ts-ignore: decorator
@inline
function binary(
  signed: bool, op: i32, nest: usize, state: usize, a: usize, b: usize, dst: usize, row: i32, rows: i32, n: i32, aStep: i32, bStep: i32,
): void {
  seek(nest, state, row);
  for (; rows > 0; rows--) {
    let pa = a + load<i32>(state);
    let pb = b + load<i32>(state, 4);
    if (!aStep) pa = splatInto<i32>(state + SLOT_0, pa);
    if (!bStep) pb = splatInto<i32>(state + SLOT_1, pb);
    const aBytes = (<usize>aStep) << 4;
    const bBytes = (<usize>bStep) << 4;
    switch (op) {
      case 0: run(0, signed, pa, pb, dst, n, aBytes, bBytes); break;
      case 1: run(1, signed, pa, pb, dst, n, aBytes, bBytes); break;
      case 2: run(2, signed, pa, pb, dst, n, aBytes, bBytes); break;
      case 3: run(3, signed, pa, pb, dst, n, aBytes, bBytes); break;
      case 4: run(4, signed, pa, pb, dst, n, aBytes, bBytes); break;
      case 5: run(5, signed, pa, pb, dst, n, aBytes, bBytes); break;
      default: run(6, signed, pa, pb, dst, n, aBytes, bBytes);
    }
    dst += (<usize>n) << 2;
    advance(nest, state);
  }
}

/** add, sub, mul, div, min, max, mod of i32. */
export function i32_binary(
  op: i32, nest: usize, state: usize, a: usize, b: usize, dst: usize, row: i32, rows: i32, n: i32, aStep: i32, bStep: i32,
): void {
  binary(true, op, nest, state, a, b, dst, row, rows, n, aStep, bStep);
}

/** add, sub, mul, div, min, max, mod of u32. */
export function u32_binary(
  op: i32, nest: usize, state: usize, a: usize, b: usize, dst: usize, row: i32, rows: i32, n: i32, aStep: i32, bStep: i32,
): void {
  binary(false, op, nest, state, a, b, dst, row, rows, n, aStep, bStep);
}
