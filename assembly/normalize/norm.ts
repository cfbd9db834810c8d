// Layer and RMS normalisation of rows: y = (x - mean) / sqrt(variance + eps) * weight + bias, without mean and bias for
// RMS. Mean and variance are summed in f64 and taken in two passes, so a large mean costs no digits.

import { loadUpTo4, storeUpTo4 } from "../common/tail";

/** Sum of (x - centre), or of its square. */
// @ts-ignore: decorator
@inline
function sumOf(src: usize, n: i32, centre: f64, squared: bool): f64 {
  const around = f64x2.splat(centre);
  let a = f64x2.splat(0);
  let b = a;
  for (; n >= 4; n -= 4) {
    const x = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(src)), around);
    const y = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(src, 8)), around);
    a = f64x2.add(a, squared ? f64x2.mul(x, x) : x);
    b = f64x2.add(b, squared ? f64x2.mul(y, y) : y);
    src += 16;
  }
  let rest: f64 = 0;
  for (; n > 0; n--) {
    const x = <f64>load<f32>(src) - centre;
    rest += squared ? x * x : x;
    src += 4;
  }
  a = f64x2.add(a, b);
  return rest + f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
}

/**
 * rows of n f32 from src to dst (may be equal); weight and bias of n f32, or 0 for none. centred: layer norm, else RMS.
 */
export function f32_norm(
  src: usize, dst: usize, rows: i32, n: i32, weight: usize, bias: usize, eps: f32, centred: i32,
): void {
  const count = <f64>n;
  for (; rows > 0; rows--) {
    const mean = centred ? sumOf(src, n, 0, false) / count : 0;
    const variance = sumOf(src, n, mean, true) / count;
    const scale = f32x4.splat(<f32>(1 / sqrt<f64>(variance + <f64>eps)));
    const around = f64x2.splat(mean);
    for (let i = 0; i < n; i += 4) {
      const at = (<usize>i) << 2;
      const left = n - i;
      let x = loadUpTo4(src + at, left);
      if (centred) {
        const low = f32x4.demote_f64x2_zero(f64x2.sub(f64x2.promote_low_f32x4(x), around));
        const high = f32x4.demote_f64x2_zero(f64x2.sub(f64x2.promote_low_f32x4(i64x2.shuffle(x, x, 1, 0)), around));
        x = i64x2.shuffle(low, high, 0, 2);
      }
      x = f32x4.mul(x, scale);
      if (weight) x = f32x4.mul(x, loadUpTo4(weight + at, left));
      if (bias) x = f32x4.add(x, loadUpTo4(bias + at, left));
      storeUpTo4(dst + at, x, left);
    }
    src += (<usize>n) << 2;
    dst += (<usize>n) << 2;
  }
}
