// Functions of two operands under broadcasting. Each call runs `rows` inner runs of n elements from row `row` of a nest
// (common/nest.ts) with operands a, b; dst is contiguous and points at the first of them. aStep and bStep are 1, or 0 for
// an operand that stands still in the inner run. The numbers are those of src/ops/elementwise/binary-table.ts. An operand
// may be dst itself where it walks like dst.

import { SLOT_0, SLOT_1, advance, seek, splatInto } from "../common/nest";
import { pow4 } from "../common/pow";
import { loadTail, storeTail } from "../common/tail";

/** The remainder with the sign of b, as Python's %. */
// @ts-ignore: decorator
@inline
function flooredMod(a: f32, b: f32): f32 {
  const r = a % b;
  return r != 0 && r < 0 != b < 0 ? r + b : r;
}

function mod4(a: v128, b: v128): v128 {
  let r = f32x4.splat(flooredMod(f32x4.extract_lane(a, 0), f32x4.extract_lane(b, 0)));
  r = f32x4.replace_lane(r, 1, flooredMod(f32x4.extract_lane(a, 1), f32x4.extract_lane(b, 1)));
  r = f32x4.replace_lane(r, 2, flooredMod(f32x4.extract_lane(a, 2), f32x4.extract_lane(b, 2)));
  return f32x4.replace_lane(r, 3, flooredMod(f32x4.extract_lane(a, 3), f32x4.extract_lane(b, 3)));
}

// @ts-ignore: decorator
@inline
function applyFloat(op: i32, a: v128, b: v128): v128 {
  if (op == 0) return f32x4.add(a, b);
  if (op == 1) return f32x4.sub(a, b);
  if (op == 2) return f32x4.mul(a, b);
  if (op == 3) return f32x4.div(a, b);
  if (op == 4) return f32x4.min(a, b);
  if (op == 5) return f32x4.max(a, b);
  if (op == 6) return mod4(a, b);
  return pow4(a, b);
}

// @ts-ignore: decorator
@inline
function runFloat(op: i32, a: usize, b: usize, dst: usize, n: i32, aStep: usize, bStep: usize): void {
  if (op < 6) {
    for (; n >= 8; n -= 8) {
      const first = applyFloat(op, v128.load(a), v128.load(b));
      const second = applyFloat(op, v128.load(a + aStep), v128.load(b + bStep));
      v128.store(dst, first);
      v128.store(dst, second, 16);
      a += aStep << 1;
      b += bStep << 1;
      dst += 32;
    }
  }
  for (; n >= 4; n -= 4) {
    v128.store(dst, applyFloat(op, v128.load(a), v128.load(b)));
    a += aStep;
    b += bStep;
    dst += 16;
  }
  if (n > 0) storeTail(dst, applyFloat(op, loadTail(a, n), loadTail(b, n)), n);
}

/** add, sub, mul, div, min, max (NaN wins), mod, pow of f32. */
export function f32_binary(
  op: i32, nest: usize, state: usize, a: usize, b: usize, dst: usize, row: i32, rows: i32, n: i32, aStep: i32, bStep: i32,
): void {
  seek(nest, state, row);
  for (; rows > 0; rows--) {
    let pa = a + load<i32>(state);
    let pb = b + load<i32>(state, 4);
    if (!aStep) pa = splatInto<f32>(state + SLOT_0, pa);
    if (!bStep) pb = splatInto<f32>(state + SLOT_1, pb);
    const aBytes = (<usize>aStep) << 4;
    const bBytes = (<usize>bStep) << 4;
    switch (op) {
      case 0: runFloat(0, pa, pb, dst, n, aBytes, bBytes); break;
      case 1: runFloat(1, pa, pb, dst, n, aBytes, bBytes); break;
      case 2: runFloat(2, pa, pb, dst, n, aBytes, bBytes); break;
      case 3: runFloat(3, pa, pb, dst, n, aBytes, bBytes); break;
      case 4: runFloat(4, pa, pb, dst, n, aBytes, bBytes); break;
      case 5: runFloat(5, pa, pb, dst, n, aBytes, bBytes); break;
      case 6: runFloat(6, pa, pb, dst, n, aBytes, bBytes); break;
      default: runFloat(7, pa, pb, dst, n, aBytes, bBytes);
    }
    dst += (<usize>n) << 2;
    advance(nest, state);
  }
}

// @ts-ignore: decorator
@inline
function applyDouble(op: i32, a: v128, b: v128): v128 {
  if (op == 0) return f64x2.add(a, b);
  if (op == 1) return f64x2.sub(a, b);
  if (op == 2) return f64x2.mul(a, b);
  if (op == 3) return f64x2.div(a, b);
  if (op == 4) return f64x2.min(a, b);
  return f64x2.max(a, b);
}

// @ts-ignore: decorator
@inline
function runDouble(op: i32, a: usize, b: usize, dst: usize, n: i32, aStep: usize, bStep: usize): void {
  for (; n >= 2; n -= 2) {
    v128.store(dst, applyDouble(op, v128.load(a), v128.load(b)));
    a += aStep;
    b += bStep;
    dst += 16;
  }
  if (n) v128.store64_lane(dst, applyDouble(op, v128.load64_zero(a), v128.load64_zero(b)), 0);
}

/** add, sub, mul, div, min, max of f64. */
export function f64_binary(
  op: i32, nest: usize, state: usize, a: usize, b: usize, dst: usize, row: i32, rows: i32, n: i32, aStep: i32, bStep: i32,
): void {
  seek(nest, state, row);
  for (; rows > 0; rows--) {
    let pa = a + load<i32>(state);
    let pb = b + load<i32>(state, 4);
    if (!aStep) pa = splatInto<f64>(state + SLOT_0, pa);
    if (!bStep) pb = splatInto<f64>(state + SLOT_1, pb);
    const aBytes = (<usize>aStep) << 4;
    const bBytes = (<usize>bStep) << 4;
    switch (op) {
      case 0: runDouble(0, pa, pb, dst, n, aBytes, bBytes); break;
      case 1: runDouble(1, pa, pb, dst, n, aBytes, bBytes); break;
      case 2: runDouble(2, pa, pb, dst, n, aBytes, bBytes); break;
      case 3: runDouble(3, pa, pb, dst, n, aBytes, bBytes); break;
      case 4: runDouble(4, pa, pb, dst, n, aBytes, bBytes); break;
      default: runDouble(5, pa, pb, dst, n, aBytes, bBytes);
    }
    dst += (<usize>n) << 3;
    advance(nest, state);
  }
}
