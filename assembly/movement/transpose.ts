// Transposes the last two axes of a nest of matrices in square tiles, so that both sides touch whole cache lines.

import { advance, seek } from "../common/nest";

const TILE: usize = 16;

/** Four 4-byte elements of four rows become four columns. */
// @ts-ignore: decorator
@inline
function block4(src: usize, dst: usize, srcRow: usize, dstRow: usize): void {
  const a = v128.load(src);
  const b = v128.load(src + srcRow);
  const c = v128.load(src + 2 * srcRow);
  const d = v128.load(src + 3 * srcRow);
  const ab = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const cd = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const abHigh = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  const cdHigh = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  v128.store(dst, i64x2.shuffle(ab, cd, 0, 2));
  v128.store(dst + dstRow, i64x2.shuffle(ab, cd, 1, 3));
  v128.store(dst + 2 * dstRow, i64x2.shuffle(abHigh, cdHigh, 0, 2));
  v128.store(dst + 3 * dstRow, i64x2.shuffle(abHigh, cdHigh, 1, 3));
}

// @ts-ignore: decorator
@inline
function tile<T>(src: usize, dst: usize, rows: usize, columns: usize, srcRow: usize, dstRow: usize): void {
  let r: usize = 0;
  if (sizeof<T>() == 4) {
    for (; r + 4 <= rows; r += 4) {
      let c: usize = 0;
      for (; c + 4 <= columns; c += 4) {
        block4(src + r * srcRow + 4 * c, dst + c * dstRow + 4 * r, srcRow, dstRow);
      }
      for (; c < columns; c++) {
        for (let i: usize = r; i < r + 4; i++) store<T>(dst + c * dstRow + 4 * i, load<T>(src + i * srcRow + 4 * c));
      }
    }
  }
  for (; r < rows; r++) {
    for (let c: usize = 0; c < columns; c++) {
      store<T>(dst + c * dstRow + sizeof<T>() * r, load<T>(src + r * srcRow + sizeof<T>() * c));
    }
  }
}

// @ts-ignore: decorator
@inline
function matrix<T>(src: usize, dst: usize, rows: usize, columns: usize, srcRow: usize, dstRow: usize): void {
  for (let r: usize = 0; r < rows; r += TILE) {
    for (let c: usize = 0; c < columns; c += TILE) {
      const from = src + r * srcRow + sizeof<T>() * c;
      const to = dst + c * dstRow + sizeof<T>() * r;
      tile<T>(from, to, min<usize>(TILE, rows - r), min<usize>(TILE, columns - c), srcRow, dstRow);
    }
  }
}

/**
 * Matrices [from, from + count) of the nest (operand 0 the source, 1 the destination): rows x columns with rows srcRow
 * bytes apart become columns x rows with rows dstRow bytes apart. `size` is 1, 2, 4 or 8.
 */
export function transpose(
  size: i32, nest: usize, state: usize, src: usize, dst: usize, from: i32, count: i32, rows: i32, columns: i32, srcRow: i32, dstRow: i32,
): void {
  seek(nest, state, from);
  for (; count > 0; count--) {
    const a = src + load<i32>(state);
    const b = dst + load<i32>(state, 4);
    if (size == 4) matrix<u32>(a, b, rows, columns, srcRow, dstRow);
    else if (size == 2) matrix<u16>(a, b, rows, columns, srcRow, dstRow);
    else if (size == 1) matrix<u8>(a, b, rows, columns, srcRow, dstRow);
    else matrix<u64>(a, b, rows, columns, srcRow, dstRow);
    advance(nest, state);
  }
}
