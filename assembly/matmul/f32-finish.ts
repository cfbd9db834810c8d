// What follows a product, while its rows are still in the cache.

import { f32_unary } from "../elementwise/unary";

/** c[i, j] = f(c[i, j] + bias[j]) in place: bias 0 = none, activation -1 = none, else a function number of f32_unary. */
export function f32_finish_rows(c: usize, cStride: i32, m: i32, n: i32, bias: usize, activation: i32): void {
  for (let row = 0; row < m; row++, c += <usize>cStride << 2) {
    if (bias) {
      let j: usize = 0;
      for (const end = <usize>(n & ~3) << 2; j < end; j += 16) {
        v128.store(c + j, f32x4.add(v128.load(c + j), v128.load(bias + j)));
      }
      for (const end = <usize>n << 2; j < end; j += 4) store<f32>(c + j, load<f32>(c + j) + load<f32>(bias + j));
    }
    if (activation >= 0) f32_unary(activation, c, c, n, 0, 0);
  }
}
