// The last one to three elements of an array of 4-byte lanes, without touching a byte beyond it.

/** Loads `n` (1 to 3) words; the other lanes are 0. */
export function loadTail(src: usize, n: i32): v128 {
  if (n == 1) return v128.load32_zero(src);
  const pair = v128.load64_zero(src);
  return n == 2 ? pair : v128.load32_lane(src, pair, 2, 8);
}

/** Stores the first `n` (1 to 3) words. */
export function storeTail(dst: usize, value: v128, n: i32): void {
  if (n == 1) {
    v128.store32_lane(dst, value, 0);
    return;
  }
  v128.store64_lane(dst, value, 0);
  if (n == 3) v128.store32_lane(dst, value, 2, 8);
}

/** The next four words, or as many as there are. */
// @ts-ignore: decorator
@inline
export function loadUpTo4(src: usize, n: i32): v128 {
  return n >= 4 ? v128.load(src) : loadTail(src, n);
}

/** Stores the first four words, or as many as there is room for. */
// @ts-ignore: decorator
@inline
export function storeUpTo4(dst: usize, value: v128, n: i32): void {
  if (n >= 4) v128.store(dst, value);
  else storeTail(dst, value, n);
}
