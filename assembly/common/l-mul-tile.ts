// Register tiles of 4 rows by 8 columns over packed panels (see gemm-tile.ts for their layout), summing L-Mul products.
//
// A is packed as a - offset, so that a product is ONE 32-bit addition of whole words: the sign bits add modulo 2, which is
// their XOR. That holds while both operands are normal and the exponents stay in range; who calls makes sure of it, and
// takes the checked tile otherwise. Sums run through ascending k from what c holds, so that the tiles differ in speed only.

import { container4, native4 } from "./l-mul-product";
import { FLAGS, isPlain, MULTIPLY, NATIVE, NATIVE_MANTISSA, OFFSET, SATURATE, STEP } from "./l-mul-rule";
import { decode4, E4M3, E5M2, roundTo4 } from "./round-to";

/** How a tile makes its products. */
export const SUM: i32 = 0;
export const MASK_A: i32 = 1;
export const MASK_B: i32 = 2;
export const TIMES: i32 = 4;
export const CHECKED: i32 = 8;

/** acc + a * b, with zeros masked: `lane` is the row's mask of ones where a is nonzero, `zero` that of zeros in b. */
// @ts-ignore: decorator
@inline
function add(acc: v128, a: v128, b: v128, lane: v128, zero: v128, kind: i32): v128 {
  if (kind == TIMES) return f32x4.add(acc, f32x4.mul(a, b));
  let product = i32x4.add(a, b);
  if (kind & MASK_A) product = v128.and(product, lane);
  if (kind & MASK_B) product = v128.andnot(product, zero);
  return f32x4.add(acc, product);
}

// @ts-ignore: decorator
@inline
function isZero(x: v128): v128 {
  return i32x4.eq(i32x4.shl(x, 1), i32x4.splat(0));
}

/** c (+)= A B; `masks` holds the masks of A's elements in A's layout. `kind` is a constant wherever this is inlined. */
// @ts-ignore: decorator
@inline
function tile(a: usize, masks: usize, b: usize, k: i32, c: usize, cStep: usize, accumulates: bool, kind: i32): void {
  const none = i32x4.splat(0);
  let c00 = none, c01 = none, c10 = none, c11 = none, c20 = none, c21 = none, c30 = none, c31 = none;
  const second = c + cStep, third = second + cStep, fourth = third + cStep;
  if (accumulates) {
    c00 = v128.load(c), c01 = v128.load(c, 16);
    c10 = v128.load(second), c11 = v128.load(second, 16);
    c20 = v128.load(third), c21 = v128.load(third, 16);
    c30 = v128.load(fourth), c31 = v128.load(fourth, 16);
  }
  const end = b + (<usize>k << 5);
  while (b < end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    const z0 = kind & MASK_B ? isZero(b0) : none, z1 = kind & MASK_B ? isZero(b1) : none;
    let x = v128.load32_splat(a), lane = kind & MASK_A ? v128.load32_splat(masks) : none;
    c00 = add(c00, x, b0, lane, z0, kind);
    c01 = add(c01, x, b1, lane, z1, kind);
    x = v128.load32_splat(a, 4), lane = kind & MASK_A ? v128.load32_splat(masks, 4) : none;
    c10 = add(c10, x, b0, lane, z0, kind);
    c11 = add(c11, x, b1, lane, z1, kind);
    x = v128.load32_splat(a, 8), lane = kind & MASK_A ? v128.load32_splat(masks, 8) : none;
    c20 = add(c20, x, b0, lane, z0, kind);
    c21 = add(c21, x, b1, lane, z1, kind);
    x = v128.load32_splat(a, 12), lane = kind & MASK_A ? v128.load32_splat(masks, 12) : none;
    c30 = add(c30, x, b0, lane, z0, kind);
    c31 = add(c31, x, b1, lane, z1, kind);
    a += 16;
    masks += 16;
    b += 32;
  }
  v128.store(c, c00), v128.store(c, c01, 16);
  v128.store(second, c10), v128.store(second, c11, 16);
  v128.store(third, c20), v128.store(third, c21, 16);
  v128.store(fourth, c30), v128.store(fourth, c31, 16);
}

function sumTile(a: usize, b: usize, k: i32, c: usize, cStep: usize, accumulates: bool): void {
  tile(a, a, b, k, c, cStep, accumulates, SUM);
}

function maskATile(a: usize, masks: usize, b: usize, k: i32, c: usize, cStep: usize, accumulates: bool): void {
  tile(a, masks, b, k, c, cStep, accumulates, MASK_A);
}

function maskBTile(a: usize, b: usize, k: i32, c: usize, cStep: usize, accumulates: bool): void {
  tile(a, a, b, k, c, cStep, accumulates, MASK_B);
}

function maskBothTile(a: usize, masks: usize, b: usize, k: i32, c: usize, cStep: usize, accumulates: bool): void {
  tile(a, masks, b, k, c, cStep, accumulates, MASK_A | MASK_B);
}

function timesTile(a: usize, b: usize, k: i32, c: usize, cStep: usize, accumulates: bool): void {
  tile(a, a, b, k, c, cStep, accumulates, TIMES);
}

/** One product of any rule as an f32 value. */
// @ts-ignore: decorator
@inline
function value4(a: v128, b: v128, flags: i32, rule: usize): v128 {
  if (flags & MULTIPLY) return f32x4.mul(a, b);
  if (!(flags & NATIVE)) return container4(a, b, rule);
  return decode4(native4(a, b, rule), load<i32>(rule, NATIVE_MANTISSA) == 3 ? E4M3 : E5M2);
}

/** Every rule, every special value, every way to accumulate; a row at a time. */
function checkedTile(a: usize, b: usize, k: i32, c: usize, cStep: usize, accumulates: bool, rule: usize): void {
  const flags = load<i32>(rule, FLAGS), step = load<i32>(rule, STEP), saturates = (flags & SATURATE) != 0;
  const back = i32x4.splat(isPlain(rule) ? load<i32>(rule, OFFSET) : 0);
  for (let row = 0; row < 4; row++, a += 4, c += cStep) {
    let lo = accumulates ? v128.load(c) : i32x4.splat(0), hi = accumulates ? v128.load(c, 16) : i32x4.splat(0);
    for (let i: usize = 0, end = <usize>k << 4; i < end; i += 16) {
      const x = i32x4.add(v128.load32_splat(a + i), back);
      const from = b + (i << 1);
      lo = f32x4.add(lo, value4(x, v128.load(from), flags, rule));
      hi = f32x4.add(hi, value4(x, v128.load(from, 16), flags, rule));
      if (step) {
        lo = roundTo4(lo, step, saturates);
        hi = roundTo4(hi, step, saturates);
      }
    }
    v128.store(c, lo);
    v128.store(c, hi, 16);
  }
}

/** c (+)= A B by the tile of that kind. */
export function runTile(
  kind: i32, a: usize, masks: usize, b: usize, k: i32, c: usize, cStep: usize, accumulates: bool, rule: usize,
): void {
  if (kind == SUM) sumTile(a, b, k, c, cStep, accumulates);
  else if (kind == TIMES) timesTile(a, b, k, c, cStep, accumulates);
  else if (kind == MASK_A) maskATile(a, masks, b, k, c, cStep, accumulates);
  else if (kind == MASK_B) maskBTile(a, b, k, c, cStep, accumulates);
  else if (kind == (MASK_A | MASK_B)) maskBothTile(a, masks, b, k, c, cStep, accumulates);
  else checkedTile(a, b, k, c, cStep, accumulates, rule);
}

/** The same where only `rows` x `columns` of c exist; spare: 128 bytes. */
export function runEdgeTile(
  kind: i32, a: usize, masks: usize, b: usize, k: i32, c: usize, cStep: usize, accumulates: bool, rule: usize,
  rows: i32, columns: i32, spare: usize,
): void {
  const bytes = <usize>columns << 2;
  if (accumulates) for (let i = 0; i < rows; i++) memory.copy(spare + (<usize>i << 5), c + <usize>i * cStep, bytes);
  runTile(kind, a, masks, b, k, spare, 32, accumulates, rule);
  for (let i = 0; i < rows; i++) memory.copy(c + <usize>i * cStep, spare + (<usize>i << 5), bytes);
}
