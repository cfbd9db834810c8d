// What a call looks for in its inputs before it writes anything.

/** Index of the first of n elements that is not in [low, high] (NaN is not), -1 if all are. */
export function f32_first_outside(src: usize, n: i32, low: f32, high: f32): i32 {
  const lows = f32x4.splat(low), highs = f32x4.splat(high);
  let i = 0;
  for (; i <= n - 4; i += 4) {
    const x = v128.load(src + (<usize>i << 2));
    if (!i32x4.all_true(v128.and(f32x4.ge(x, lows), f32x4.le(x, highs)))) break;
  }
  for (; i < n; i++) {
    const x = load<f32>(src + (<usize>i << 2));
    if (!(x >= low && x <= high)) return i;
  }
  return -1;
}
