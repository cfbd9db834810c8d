// Comparisons under broadcasting, called like the kernels of binary.ts: dst is u8, 1 where true. op: 0 equal, 1 not equal,
// 2 less, 3 less or equal. A NaN is unequal to everything and in no order.

import { SLOT_0, SLOT_1, advance, seek, splatInto } from "../common/nest";

// @ts-ignore: decorator
@inline
function compareLanes<T>(op: i32, a: v128, b: v128): v128 {
  if (op == 0) return v128.eq<T>(a, b);
  if (op == 1) return v128.ne<T>(a, b);
  if (op == 2) return v128.lt<T>(a, b);
  return v128.le<T>(a, b);
}

// @ts-ignore: decorator
@inline
function compareOne<T>(op: i32, a: T, b: T): bool {
  if (op == 0) return a == b;
  if (op == 1) return a != b;
  if (op == 2) return a < b;
  return a <= b;
}

/** Four truth values as four bytes of all ones or zeros. */
// @ts-ignore: decorator
@inline
function four<T>(op: i32, a: usize, b: usize): u32 {
  const first = compareLanes<T>(op, v128.load(a), v128.load(b));
  if (sizeof<T>() == 4) {
    return i32x4.extract_lane(i8x16.shuffle(first, first, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12), 0);
  }
  const second = compareLanes<T>(op, v128.load(a, 16), v128.load(b, 16));
  return i32x4.extract_lane(i8x16.shuffle(first, second, 0, 8, 16, 24, 0, 8, 16, 24, 0, 8, 16, 24, 0, 8, 16, 24), 0);
}

// @ts-ignore: decorator
@inline
function run<T>(op: i32, a: usize, b: usize, dst: usize, n: i32, aStep: usize, bStep: usize): void {
  for (; n >= 4; n -= 4) {
    store<u32>(dst, four<T>(op, a, b) & 0x01010101);
    a += aStep << 2;
    b += bStep << 2;
    dst += 4;
  }
  for (; n > 0; n--) {
    store<u8>(dst++, compareOne<T>(op, load<T>(a), load<T>(b)) ? 1 : 0);
    a += aStep;
    b += bStep;
  }
}

// @ts-ignore: decorator
@inline
function compare<T>(
  op: i32, nest: usize, state: usize, a: usize, b: usize, dst: usize, row: i32, rows: i32, n: i32, aStep: i32, bStep: i32,
): void {
  seek(nest, state, row);
  for (; rows > 0; rows--) {
    let pa = a + load<i32>(state);
    let pb = b + load<i32>(state, 4);
    if (!aStep) pa = splatInto<T>(state + SLOT_0, pa);
    if (!bStep) pb = splatInto<T>(state + SLOT_1, pb);
    const aBytes = aStep ? sizeof<T>() : 0;
    const bBytes = bStep ? sizeof<T>() : 0;
    switch (op) {
      case 0: run<T>(0, pa, pb, dst, n, aBytes, bBytes); break;
      case 1: run<T>(1, pa, pb, dst, n, aBytes, bBytes); break;
      case 2: run<T>(2, pa, pb, dst, n, aBytes, bBytes); break;
      default: run<T>(3, pa, pb, dst, n, aBytes, bBytes);
    }
    dst += n;
    advance(nest, state);
  }
}

export function f32_compare(
  op: i32, nest: usize, state: usize, a: usize, b: usize, dst: usize, row: i32, rows: i32, n: i32, aStep: i32, bStep: i32,
): void {
  compare<f32>(op, nest, state, a, b, dst, row, rows, n, aStep, bStep);
}

export function f64_compare(
  op: i32, nest: usize, state: usize, a: usize, b: usize, dst: usize, row: i32, rows: i32, n: i32, aStep: i32, bStep: i32,
): void {
  compare<f64>(op, nest, state, a, b, dst, row, rows, n, aStep, bStep);
}

export function i32_compare(
  op: i32, nest: usize, state: usize, a: usize, b: usize, dst: usize, row: i32, rows: i32, n: i32, aStep: i32, bStep: i32,
): void {
  compare<i32>(op, nest, state, a, b, dst, row, rows, n, aStep, bStep);
}

export function u32_compare(
  op: i32, nest: usize, state: usize, a: usize, b: usize, dst: usize, row: i32, rows: i32, n: i32, aStep: i32, bStep: i32,
): void {
  compare<u32>(op, nest, state, a, b, dst, row, rows, n, aStep, bStep);
}
