// Products of small matrices that lie in the cache as they are: the inner part of a chunk. Nothing is packed, so the left
// operand may have any two steps (a transpose costs nothing); rows of the others are whole vectors.

import { fma } from "./fma";

/** 4 rows x 8 columns: 8 accumulators, 2 vectors of b, 1 element of a. */
function tile4x8(a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, c: usize, cRow: usize, k: i32): void {
  const c1 = c + cRow, c2 = c1 + cRow, c3 = c2 + cRow;
  let s00 = v128.load(c), s01 = v128.load(c, 16), s10 = v128.load(c1), s11 = v128.load(c1, 16);
  let s20 = v128.load(c2), s21 = v128.load(c2, 16), s30 = v128.load(c3), s31 = v128.load(c3, 16);
  for (; k > 0; k--, a += aColumn, b += bRow) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = fma(x, b0, s00);
    s01 = fma(x, b1, s01);
    x = v128.load32_splat(a + aRow);
    s10 = fma(x, b0, s10);
    s11 = fma(x, b1, s11);
    x = v128.load32_splat(a + 2 * aRow);
    s20 = fma(x, b0, s20);
    s21 = fma(x, b1, s21);
    x = v128.load32_splat(a + 3 * aRow);
    s30 = fma(x, b0, s30);
    s31 = fma(x, b1, s31);
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}

/** 4 rows x 4 columns. */
function tile4x4(a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, c: usize, cRow: usize, k: i32): void {
  const c1 = c + cRow, c2 = c1 + cRow, c3 = c2 + cRow;
  let s0 = v128.load(c), s1 = v128.load(c1), s2 = v128.load(c2), s3 = v128.load(c3);
  for (; k > 0; k--, a += aColumn, b += bRow) {
    const row = v128.load(b);
    s0 = fma(v128.load32_splat(a), row, s0);
    s1 = fma(v128.load32_splat(a + aRow), row, s1);
    s2 = fma(v128.load32_splat(a + 2 * aRow), row, s2);
    s3 = fma(v128.load32_splat(a + 3 * aRow), row, s3);
  }
  v128.store(c, s0);
  v128.store(c1, s1);
  v128.store(c2, s2);
  v128.store(c3, s3);
}

/** One row of n columns. */
function row(a: usize, aColumn: usize, b: usize, bRow: usize, c: usize, k: i32, n: i32): void {
  for (; n >= 16; n -= 16, b += 64, c += 64) {
    let s0 = v128.load(c), s1 = v128.load(c, 16), s2 = v128.load(c, 32), s3 = v128.load(c, 48);
    for (let i = 0, from = a, rows = b; i < k; i++, from += aColumn, rows += bRow) {
      const x = v128.load32_splat(from);
      s0 = fma(x, v128.load(rows), s0);
      s1 = fma(x, v128.load(rows, 16), s1);
      s2 = fma(x, v128.load(rows, 32), s2);
      s3 = fma(x, v128.load(rows, 48), s3);
    }
    v128.store(c, s0);
    v128.store(c, s1, 16);
    v128.store(c, s2, 32);
    v128.store(c, s3, 48);
  }
  for (; n > 0; n -= 4, b += 16, c += 16) {
    let s = v128.load(c);
    for (let i = 0, from = a, rows = b; i < k; i++, from += aColumn, rows += bRow) {
      s = fma(v128.load32_splat(from), v128.load(rows), s);
    }
    v128.store(c, s);
  }
}

/** c [m, n] += a [m, k] b [k, n]; n a multiple of 4; rows and columns of a are `aRow` and `aColumn` bytes apart. */
export function addProduct(
  a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, c: usize, cRow: usize, m: i32, k: i32, n: i32,
): void {
  for (; m >= 4; m -= 4, a += 4 * aRow, c += 4 * cRow) {
    let column = 0;
    for (; column + 8 <= n; column += 8) {
      const at = <usize>column << 2;
      tile4x8(a, aRow, aColumn, b + at, bRow, c + at, cRow, k);
    }
    if (column < n) tile4x4(a, aRow, aColumn, b + (<usize>column << 2), bRow, c + (<usize>column << 2), cRow, k);
  }
  for (; m > 0; m--, a += aRow, c += cRow) row(a, aColumn, b, bRow, c, k, n);
}

/** The same for a lower triangular a [m, m]: what lies right of the diagonal must be 0, and most of it is not read. */
export function addLowerProduct(
  a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, c: usize, cRow: usize, m: i32, n: i32,
): void {
  for (let i = 0; i < m; i += 4) {
    const at = <usize>i;
    addProduct(a + at * aRow, aRow, aColumn, b, bRow, c + at * cRow, cRow, min(4, m - i), min(m, i + 4), n);
  }
}
