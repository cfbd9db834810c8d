// Any format to any other, one rounding for the whole way. Formats as in widen.ts, and 9 f64. What f32 holds exactly goes
// through f32; i32, u32 and f64 go through f64, and from there to the small formats through an f32 that was rounded to
// odd: its last bit remembers that something was cut off, so that the second rounding cannot err (Boldo and Melquiond 2008).

import { narrow, widen } from "./widen";

const BLOCK = 512;

// @ts-ignore: decorator
@inline
function toOdd(x: f64): f32 {
  const rounded = <f32>x;
  const back = <f64>rounded;
  const bits = reinterpret<u32>(rounded);
  if (back == x || bits & 1 || !(abs<f32>(rounded) < Infinity)) return rounded;
  return reinterpret<f32>(abs<f64>(back) > abs<f64>(x) ? bits - 1 : bits + 1);
}

function toDouble(format: i32, src: usize, dst: usize, n: i32): void {
  if (format == 9) memory.copy(dst, src, n << 3);
  for (let i: usize = 0; i < <usize>n; i++) {
    const to = dst + (i << 3);
    const from = src + (i << 2);
    if (format == 6) store<f64>(to, <f64>load<i32>(from));
    else if (format == 7) store<f64>(to, <f64>load<u32>(from));
    else if (format == 8) store<f64>(to, <f64>load<f32>(from));
  }
}

function fromDouble(format: i32, src: usize, dst: usize, n: i32): void {
  if (format == 9) memory.copy(dst, src, n << 3);
  for (let i: usize = 0; i < <usize>n; i++) {
    const to = dst + (i << 2);
    const x = load<f64>(src + (i << 3));
    if (format == 8) store<f32>(to, <f32>x);
    else if (format == 6) store<i32>(to, i32x4.extract_lane(i32x4.trunc_sat_f64x2_s_zero(f64x2.splat(x)), 0));
    else if (format == 7) store<i32>(to, i32x4.extract_lane(i32x4.trunc_sat_f64x2_u_zero(f64x2.splat(x)), 0));
    else if (format < 6) store<f32>(to, toOdd(x));
  }
}

// @ts-ignore: decorator
@inline
function bytesOf(format: i32): i32 {
  return format < 2 ? 2 : format < 6 ? 1 : format == 9 ? 8 : 4;
}

/** dst[i] of format `to` = src[i] of format `from`; scratch holds 12 x 512 bytes and is not shared between calls. */
export function cast(from: i32, to: i32, src: usize, dst: usize, n: i32, scratch: usize): void {
  const doubles = scratch + 4 * BLOCK;
  for (; n > 0; n -= BLOCK) {
    const count = min<i32>(n, BLOCK);
    if (from == 9 || ((from == 6 || from == 7) && to != 8)) {
      toDouble(from, src, doubles, count);
      fromDouble(to, doubles, to < 6 ? scratch : dst, count);
      if (to < 6) narrow(to, scratch, dst, count);
    } else if (to == 9) {
      widen(from, src, scratch, count);
      toDouble(8, scratch, dst, count);
    } else {
      widen(from, src, scratch, count);
      narrow(to, scratch, dst, count);
    }
    src += bytesOf(from) * BLOCK;
    dst += bytesOf(to) * BLOCK;
  }
}
