// True derivatives of L-Mul products, alone and summed over a matrix product.

import { slope4 } from "../common/l-mul-slope";

/** dst[i] = dL(x[i], y[i])/dx on f32; steps are 4 or 0 bytes. dst may be x or y. */
export function lmul_slope(x: usize, xStep: usize, y: usize, yStep: usize, dst: usize, n: i32, rule: usize): void {
  let i = 0;
  for (; i <= n - 4; i += 4, x += xStep << 2, y += yStep << 2, dst += 16) {
    const p = xStep ? v128.load(x) : v128.load32_splat(x), q = yStep ? v128.load(y) : v128.load32_splat(y);
    v128.store(dst, slope4(p, q, rule));
  }
  for (; i < n; i++, x += xStep, y += yStep, dst += 4) {
    store<i32>(dst, i32x4.extract_lane(slope4(v128.load32_splat(x), v128.load32_splat(y), rule), 0));
  }
}

/**
 * out[r, c] = sum over t of g[r, t] dL(x[r, c], y[c, t])/dx for `rows` rows; g [rows, n], x and out [rows, columns],
 * y [columns, n]. Four partial sums, combined in a fixed order.
 */
export function lmul_slope_sums(
  g: usize, x: usize, y: usize, out: usize, rows: i32, columns: i32, n: i32, rule: usize,
): void {
  for (let r = 0; r < rows; r++, g += <usize>n << 2) {
    let row = y;
    for (let c = 0; c < columns; c++, x += 4, out += 4, row += <usize>n << 2) {
      const at = v128.load32_splat(x);
      let sums = f32x4.splat(0), t = 0;
      for (; t <= n - 4; t += 4) {
        const i = <usize>t << 2;
        sums = f32x4.add(sums, f32x4.mul(v128.load(g + i), slope4(at, v128.load(row + i), rule)));
      }
      const pair = f32x4.add(sums, i32x4.shuffle(sums, sums, 2, 3, 0, 1));
      let sum = f32x4.extract_lane(pair, 0) + f32x4.extract_lane(pair, 1);
      for (; t < n; t++) {
        const i = <usize>t << 2, slope = slope4(at, v128.load32_splat(row + i), rule);
        sum += load<f32>(g + i) * f32x4.extract_lane(slope, 0);
      }
      store<f32>(out, sum);
    }
  }
}

/** dst [n, m] = src [m, n] transposed. */
export function lmul_transpose(src: usize, dst: usize, m: i32, n: i32): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      store<i32>(dst + (<usize>(j * m + i) << 2), load<i32>(src + (<usize>(i * n + j) << 2)));
    }
  }
}
