// Rows of states as the selective scan reads them: a step's states adjacent, padded with zeros to whole vectors.

/** dst[row][N4] = src[row][n], the rest 0. */
export function f32_selective_pad(src: usize, dst: usize, rows: i32, n: i32): void {
  const bytes = <usize>n << 2, padded = <usize>((n + 3) & ~3) << 2;
  memory.fill(dst, 0, <usize>rows * padded);
  for (; rows > 0; rows--, src += bytes, dst += padded) {
    for (let j: usize = 0; j < bytes; j += 4) store<u32>(dst + j, load<u32>(src + j));
  }
}

/** dst[step][N4] = src[n][steps] transposed, the rest 0, for the given range of steps. */
export function f32_selective_rows(src: usize, dst: usize, n: i32, steps: i32, first: i32, count: i32): void {
  const padded = <usize>((n + 3) & ~3) << 2, column = <usize>steps << 2;
  src += <usize>first << 2;
  dst += <usize>first * padded;
  memory.fill(dst, 0, <usize>count * padded);
  for (; count > 0; count--, src += 4, dst += padded) {
    let from = src;
    for (let j: usize = 0, end = <usize>n << 2; j < end; j += 4, from += column) store<u32>(dst + j, load<u32>(from));
  }
}

/** dst[n][steps] = the sum of `parts` arrays [step][N4] that are `partBytes` apart, transposed back. */
export function f32_selective_columns(
  src: usize, parts: i32, partBytes: usize, dst: usize, n: i32, steps: i32, first: i32, count: i32,
): void {
  const padded = <usize>((n + 3) & ~3) << 2, column = <usize>steps << 2;
  src += <usize>first * padded;
  dst += <usize>first << 2;
  for (; count > 0; count--, src += padded, dst += 4) {
    let to = dst;
    for (let j: usize = 0, end = <usize>n << 2; j < end; j += 4, to += column) {
      let sum: f32 = 0;
      for (let p: usize = 0, from = src + j; p < <usize>parts; p++, from += partBytes) sum += load<f32>(from);
      store<f32>(to, sum);
    }
  }
}
