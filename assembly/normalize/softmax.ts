// softmax, log-softmax and log-sum-exp of rows, with the row's maximum taken off first, so that nothing overflows. The
// exponentials are summed in f64, and are 0 below e^-87.7. A row of all -inf gives NaN (log-sum-exp: -inf); +inf and NaN give NaN
// (log-sum-exp: +inf, NaN).

import { expNonPositive4 } from "../common/exp";
import { log4 } from "../common/log";
import { loadTail, storeTail } from "../common/tail";

/** The greatest of n elements that are numbers; -inf if there is none. pmax is one instruction where max takes eight. */
function rowMax(src: usize, n: i32): f32 {
  let a = f32x4.splat(-Infinity);
  let b = a;
  for (; n >= 8; n -= 8) {
    a = f32x4.pmax(a, v128.load(src));
    b = f32x4.pmax(b, v128.load(src, 16));
    src += 32;
  }
  for (; n > 0; n--) {
    a = f32x4.pmax(a, v128.load32_splat(src));
    src += 4;
  }
  a = f32x4.pmax(a, b);
  a = f32x4.pmax(a, i64x2.shuffle(a, a, 1, 0));
  return f32x4.extract_lane(f32x4.pmax(a, i32x4.shuffle(a, a, 1, 0, 3, 2)), 0);
}

function hasNaN(src: usize, n: i32): bool {
  for (; n > 0; n--) {
    const x = load<f32>(src);
    if (x != x) return true;
    src += 4;
  }
  return false;
}

/** dst = e^(src - centre), returning the sum; nothing is stored when dst is 0. */
// @ts-ignore: decorator
@inline
function expSum(src: usize, dst: usize, n: i32, centre: f32): f64 {
  const around = f32x4.splat(centre);
  let a = f64x2.splat(0);
  let b = a;
  for (; n >= 8; n -= 8) {
    const first = expNonPositive4(f32x4.sub(v128.load(src), around));
    const second = expNonPositive4(f32x4.sub(v128.load(src, 16), around));
    if (dst) {
      v128.store(dst, first);
      v128.store(dst, second, 16);
      dst += 32;
    }
    // Pairs of two numbers in [0, 1] lose half a unit in their last place; from there on everything is f64.
    const pairs = f32x4.add(first, second);
    a = f64x2.add(a, f64x2.promote_low_f32x4(pairs));
    b = f64x2.add(b, f64x2.promote_low_f32x4(i64x2.shuffle(pairs, pairs, 1, 0)));
    src += 32;
  }
  a = f64x2.add(a, b);
  let sum = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
  for (; n > 0; n--) {
    const e = f32x4.extract_lane(expNonPositive4(f32x4.sub(v128.load32_zero(src), around)), 0);
    if (dst) {
      store<f32>(dst, e);
      dst += 4;
    }
    sum += <f64>e;
    src += 4;
  }
  return sum;
}

/** ln of a double of the size of a sum: of its f32, plus what that left over. */
// @ts-ignore: decorator
@inline
function lnOf(x: f64): f64 {
  const near = <f32>x;
  const correction = near < Infinity ? (x - <f64>near) / <f64>near : 0;
  return <f64>f32x4.extract_lane(log4(f32x4.splat(near)), 0) + correction;
}

/** dst = src scale. */
// @ts-ignore: decorator
@inline
function scaled(src: usize, dst: usize, n: i32, scale: v128): void {
  for (; n >= 4; n -= 4) {
    v128.store(dst, f32x4.mul(v128.load(src), scale));
    src += 16;
    dst += 16;
  }
  if (n > 0) storeTail(dst, f32x4.mul(loadTail(src, n), scale), n);
}

/** dst = src - centre - log. Two steps: centre + log in one f32 would lose log's digits under a large centre. */
// @ts-ignore: decorator
@inline
function lessBoth(src: usize, dst: usize, n: i32, centre: v128, log: v128): void {
  for (; n >= 4; n -= 4) {
    v128.store(dst, f32x4.sub(f32x4.sub(v128.load(src), centre), log));
    src += 16;
    dst += 16;
  }
  if (n > 0) storeTail(dst, f32x4.sub(f32x4.sub(loadTail(src, n), centre), log), n);
}

/** kind 0: softmax, 1: log-softmax. src and dst [rows, n] may be equal. */
export function f32_softmax(kind: i32, src: usize, dst: usize, rows: i32, n: i32): void {
  for (; rows > 0; rows--) {
    const centre = rowMax(src, n);
    const sum = expSum(src, kind ? 0 : dst, n, centre);
    if (kind) lessBoth(src, dst, n, f32x4.splat(centre), f32x4.splat(<f32>lnOf(sum)));
    else scaled(dst, dst, n, f32x4.splat(<f32>(1 / sum)));
    src += (<usize>n) << 2;
    dst += (<usize>n) << 2;
  }
}

/** ln of the sum of e^src[0, n). */
// @ts-ignore: decorator
@inline
function logOfSum(src: usize, n: i32): f32 {
  const centre = rowMax(src, n);
  if (abs<f32>(centre) < Infinity) return <f32>(<f64>centre + lnOf(expSum(src, 0, n, centre)));
  return hasNaN(src, n) ? NaN : centre;
}

/** dst[r] = ln of the sum of e^src[r, :]. */
export function f32_logsumexp(src: usize, dst: usize, rows: i32, n: i32): void {
  for (; rows > 0; rows--) {
    store<f32>(dst, logOfSum(src, n));
    src += (<usize>n) << 2;
    dst += 4;
  }
}
