// The place of the greatest or least element of each row: the first of equals; a NaN beats every number, the first NaN wins.

// @ts-ignore: decorator
@inline
function better<T>(greatest: bool, x: T, best: T): bool {
  return greatest ? x > best : x < best;
}

// @ts-ignore: decorator
@inline
function argOf<T>(src: usize, n: i32, greatest: bool): i32 {
  let best = load<T>(src);
  let at = 0;
  for (let i = 0; i < n; i++) {
    const x = load<T>(src + <usize>i * sizeof<T>());
    if (isFloat<T>() && x != x) return i;
    if (better<T>(greatest, x, best)) {
      best = x;
      at = i;
    }
  }
  return at;
}

// @ts-ignore: decorator
@inline
function rowsOf<T>(src: usize, dst: usize, rows: i32, n: i32, greatest: i32): void {
  for (; rows > 0; rows--) {
    store<i32>(dst, greatest ? argOf<T>(src, n, true) : argOf<T>(src, n, false));
    src += <usize>n * sizeof<T>();
    dst += 4;
  }
}

/** dst[r] (i32) = place of the greatest (else least) of the n > 0 elements of row r. */
export function f32_arg(src: usize, dst: usize, rows: i32, n: i32, greatest: i32): void {
  rowsOf<f32>(src, dst, rows, n, greatest);
}

export function f64_arg(src: usize, dst: usize, rows: i32, n: i32, greatest: i32): void {
  rowsOf<f64>(src, dst, rows, n, greatest);
}

export function i32_arg(src: usize, dst: usize, rows: i32, n: i32, greatest: i32): void {
  rowsOf<i32>(src, dst, rows, n, greatest);
}

export function u32_arg(src: usize, dst: usize, rows: i32, n: i32, greatest: i32): void {
  rowsOf<u32>(src, dst, rows, n, greatest);
}
