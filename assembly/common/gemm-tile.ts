// The register tile of every matrix product here: 4 rows by 2 vectors (8 f32 or 4 f64 columns) over packed panels.
//
//   packed A, panel of 4 rows:   k=0: a00 a10 a20 a30 | k=1: a01 a11 a21 a31 | ...
//   packed B, panel of W columns: k=0: b00 .. b0(W-1) | k=1: ...               W = 8 (f32), 4 (f64)
//
// 8 accumulators + 2 of B + 1 broadcast of A = 11 of the 16 vector registers of x64; a fifth row spills and halves the speed.

import { fma, fma64 } from "./fma";

/** Rows of a tile. */
export const TILE_ROWS: i32 = 4;

/** Columns of a tile. */
// @ts-ignore: decorator
@inline
export function tileColumns<T>(): i32 {
  return 32 / sizeof<T>();
}

// @ts-ignore: decorator
@inline
function broadcast<T>(p: usize, offset: usize): v128 {
  if (sizeof<T>() == 4) return v128.load32_splat(p + offset);
  return v128.load64_splat(p + offset);
}

// @ts-ignore: decorator
@inline
function mulAdd<T>(a: v128, b: v128, c: v128): v128 {
  if (sizeof<T>() == 4) return fma(a, b, c);
  return fma64(a, b, c);
}

// @ts-ignore: decorator
@inline
function put<T>(c: usize, lo: v128, hi: v128, accumulate: bool): void {
  if (accumulate) {
    lo = v128.add<T>(v128.load(c), lo);
    hi = v128.add<T>(v128.load(c, 16), hi);
  }
  v128.store(c, lo);
  v128.store(c, hi, 16);
}

/**
 * c (+)= A B for one tile: k >= 1, `cStep` is the distance of two rows of c in bytes.
 *
 * One index walks both panels, because the loop is bound by the instructions that a core takes in per cycle: two walking
 * pointers cost an addition and a widening more each, which is 20 % of the speed on Node 20.
 */
export function gemmTile<T>(a: usize, b: usize, k: i32, c: usize, cStep: usize, accumulate: bool): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  // A panel of B holds 32 bytes per k, one of A 4 elements.
  const aBytes: usize = TILE_ROWS * sizeof<T>(), bShift: usize = sizeof<T>() == 4 ? 1 : 0;
  const end = <usize>k * aBytes;
  let i: usize = 0;
  do {
    const rows = a + i, columns = b + (i << bShift);
    const b0 = v128.load(columns), b1 = v128.load(columns, 16);
    let x = broadcast<T>(rows, 0);
    c00 = mulAdd<T>(x, b0, c00);
    c01 = mulAdd<T>(x, b1, c01);
    x = broadcast<T>(rows, sizeof<T>());
    c10 = mulAdd<T>(x, b0, c10);
    c11 = mulAdd<T>(x, b1, c11);
    x = broadcast<T>(rows, 2 * sizeof<T>());
    c20 = mulAdd<T>(x, b0, c20);
    c21 = mulAdd<T>(x, b1, c21);
    x = broadcast<T>(rows, 3 * sizeof<T>());
    c30 = mulAdd<T>(x, b0, c30);
    c31 = mulAdd<T>(x, b1, c31);
    i += aBytes;
  } while (i < end);
  put<T>(c, c00, c01, accumulate);
  put<T>(c += cStep, c10, c11, accumulate);
  put<T>(c += cStep, c20, c21, accumulate);
  put<T>(c += cStep, c30, c31, accumulate);
}

/** The same at the edge of c: only `rows` x `columns` elements of the tile exist; `spare` is 128 bytes of scratch. */
export function gemmEdgeTile<T>(
  a: usize, b: usize, k: i32, c: usize, cStep: usize, rows: i32, columns: i32, accumulate: bool, spare: usize,
): void {
  gemmTile<T>(a, b, k, spare, 32, false);
  for (let i = 0; i < rows; i++, c += cStep, spare += 32) {
    for (let j = 0; j < columns; j++) {
      const at = <usize>j * sizeof<T>();
      const x = load<T>(spare + at);
      store<T>(c + at, accumulate ? <T>(load<T>(c + at) + x) : x);
    }
  }
}
