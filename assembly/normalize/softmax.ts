// softmax, log-softmax and log-sum-exp of rows, with the row's maximum taken off first, so that nothing overflows. The sum
// of the exponentials is carried in f64. A row of all -inf gives NaN (log-sum-exp: -inf); +inf and NaN give NaN
// (log-sum-exp: +inf, NaN).

import { exp4 } from "../common/exp";
import { log4 } from "../common/log";
import { loadUpTo4, storeUpTo4 } from "../common/tail";

/** The greatest of n elements; NaN if there is one, -inf if n is 0. */
function rowMax(src: usize, n: i32): f32 {
  let a = f32x4.splat(-Infinity);
  let b = a;
  for (; n >= 8; n -= 8) {
    a = f32x4.max(a, v128.load(src));
    b = f32x4.max(b, v128.load(src, 16));
    src += 32;
  }
  for (; n > 0; n--) {
    a = f32x4.max(a, v128.load32_splat(src));
    src += 4;
  }
  a = f32x4.max(a, b);
  a = f32x4.max(a, i64x2.shuffle(a, a, 1, 0));
  return f32x4.extract_lane(f32x4.max(a, i32x4.shuffle(a, a, 1, 0, 3, 2)), 0);
}

/** dst = e^(src - centre), returning the sum; nothing is stored when dst is 0. */
function expSum(src: usize, dst: usize, n: i32, centre: f32): f64 {
  const around = f32x4.splat(centre);
  let low = f64x2.splat(0);
  let high = low;
  let sum: f64 = 0;
  for (; n > 0; n -= 4) {
    const e = exp4(f32x4.sub(loadUpTo4(src, n), around));
    if (dst) {
      storeUpTo4(dst, e, n);
      dst += 16;
    }
    if (n >= 4) {
      low = f64x2.add(low, f64x2.promote_low_f32x4(e));
      high = f64x2.add(high, f64x2.promote_low_f32x4(i64x2.shuffle(e, e, 1, 0)));
    } else {
      sum = <f64>f32x4.extract_lane(e, 0);
      if (n > 1) sum += <f64>f32x4.extract_lane(e, 1);
      if (n > 2) sum += <f64>f32x4.extract_lane(e, 2);
    }
    src += 16;
  }
  low = f64x2.add(low, high);
  return sum + f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1);
}

/** ln of a double of the size of a sum: of its f32, plus what that left over. */
// @ts-ignore: decorator
@inline
function lnOf(x: f64): f64 {
  const near = <f32>x;
  const correction = near < Infinity ? (x - <f64>near) / <f64>near : 0;
  return <f64>f32x4.extract_lane(log4(f32x4.splat(near)), 0) + correction;
}

/** kind 0: softmax, 1: log-softmax. src and dst [rows, n] may be equal. */
export function f32_softmax(kind: i32, src: usize, dst: usize, rows: i32, n: i32): void {
  for (; rows > 0; rows--) {
    const centre = rowMax(src, n);
    const sum = expSum(src, kind ? 0 : dst, n, centre);
    if (kind) {
      // Two steps: centre + ln(sum) in one f32 would lose ln(sum)'s digits under a large centre.
      const log = f32x4.splat(<f32>lnOf(sum));
      const around = f32x4.splat(centre);
      for (let i = 0; i < n; i += 4) {
        const at = (<usize>i) << 2;
        storeUpTo4(dst + at, f32x4.sub(f32x4.sub(loadUpTo4(src + at, n - i), around), log), n - i);
      }
    } else {
      const scale = f32x4.splat(<f32>(1 / sum));
      for (let i = 0; i < n; i += 4) {
        const at = (<usize>i) << 2;
        storeUpTo4(dst + at, f32x4.mul(loadUpTo4(dst + at, n - i), scale), n - i);
      }
    }
    src += (<usize>n) << 2;
    dst += (<usize>n) << 2;
  }
}

/** dst[r] = ln of the sum of e^src[r, :]. */
export function f32_logsumexp(src: usize, dst: usize, rows: i32, n: i32): void {
  for (; rows > 0; rows--) {
    const centre = rowMax(src, n);
    const finite = abs<f32>(centre) < Infinity;
    store<f32>(dst, finite ? <f32>(<f64>centre + lnOf(expSum(src, 0, n, centre))) : centre);
    src += (<usize>n) << 2;
    dst += 4;
  }
}
