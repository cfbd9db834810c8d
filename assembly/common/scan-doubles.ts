// What the scans of floats share: numbers are carried as doubles, two to a vector. A sum of 2^25 f32 then costs the one rounding of
// its result, where a chain of f32 additions would lose half of its digits.
//
// op: 0 sum, 1 product, 2 greatest (a NaN wins).

// @ts-ignore: decorator
@inline
export function neutral(op: i32): f64 {
  return op == 0 ? 0 : op == 1 ? 1 : -Infinity;
}

// @ts-ignore: decorator
@inline
export function join(op: i32, a: v128, b: v128): v128 {
  if (op == 0) return f64x2.add(a, b);
  if (op == 1) return f64x2.mul(a, b);
  return f64x2.max(a, b);
}

// @ts-ignore: decorator
@inline
export function joinOne(op: i32, a: f64, b: f64): f64 {
  if (op == 0) return a + b;
  if (op == 1) return a * b;
  return max<f64>(a, b);
}

/** Elements 0 and 1 (second: 2 and 3) of four at src. */
// @ts-ignore: decorator
@inline
export function pairOf<T>(src: usize, second: bool): v128 {
  if (sizeof<T>() == 8) return v128.load(src + (second ? 16 : 0));
  return f64x2.promote_low_f32x4(v128.load64_zero(src + (second ? 8 : 0)));
}

// @ts-ignore: decorator
@inline
export function storePairs<T>(dst: usize, first: v128, second: v128): void {
  if (sizeof<T>() == 8) {
    v128.store(dst, first);
    v128.store(dst, second, 16);
  } else {
    v128.store(dst, i64x2.shuffle(f32x4.demote_f64x2_zero(first), f32x4.demote_f64x2_zero(second), 0, 2));
  }
}

// @ts-ignore: decorator
@inline
export function swapped(x: v128): v128 {
  return i64x2.shuffle(x, x, 1, 0);
}

/** [neutral, x0] of [x0, x1]. */
// @ts-ignore: decorator
@inline
export function delayed(op: i32, x: v128): v128 {
  return i64x2.shuffle(f64x2.splat(neutral(op)), x, 0, 2);
}

// @ts-ignore: decorator
@inline
export function splatLast(x: v128): v128 {
  return i64x2.shuffle(x, x, 1, 1);
}

/** All ones in the lanes of two doubles where the words `second` (2 and 3) or first (0 and 1) of a mask of four are. */
// @ts-ignore: decorator
@inline
export function widened(mask: v128, second: bool): v128 {
  return second ? i64x2.extend_high_i32x4_s(mask) : i64x2.extend_low_i32x4_s(mask);
}
