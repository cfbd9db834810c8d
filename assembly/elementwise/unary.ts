// Functions of one f32 (and of one i32 or u32), one compiled loop each: `op` is a constant where apply() is inlined, so its
// chain of comparisons folds to a single line. The numbers are those of src/ops/elementwise/unary-table.ts.

import { erf4 } from "../common/erf";
import { exp4 } from "../common/exp";
import { exp2_4, expm1_4, sigmoid4, tanh4 } from "../common/expm1";
import { fma } from "../common/fma";
import { log1p4, log2_4, log4 } from "../common/log";
import { loadUpTo4, storeUpTo4 } from "../common/tail";
import { sinCos4 } from "../common/trig";

const SQRT_HALF: f32 = 0.707106781;
/** 2 sqrt(2 / pi): gelu's tanh form is x times the logistic function of twice the tanh's argument. */
const GELU_SCALE: f32 = 1.59576912;

/** x where |x| is so large below zero that f is 0 (or -0): keeps -inf times 0 out. */
// @ts-ignore: decorator
@inline
function floorAt(x: v128, least: f32): v128 {
  return f32x4.pmax(x, f32x4.splat(least));
}

// @ts-ignore: decorator
@inline
function apply(op: i32, x: v128, p: v128, q: v128): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  if (op == 0) return f32x4.neg(x);
  if (op == 1) return f32x4.abs(x);
  if (op == 2) {
    // A zero and a NaN (whose comparison is false) stay what they are.
    const unit = v128.or(v128.and(x, f32x4.splat(-0.0)), one);
    return v128.bitselect(unit, x, f32x4.gt(f32x4.abs(x), zero));
  }
  if (op == 3) return f32x4.mul(x, x);
  // One instruction, and a NaN stays, where max takes several.
  if (op == 4) return f32x4.pmax(x, zero);
  if (op == 5) return f32x4.min(f32x4.max(x, p), q);
  if (op == 6) return f32x4.sqrt(x);
  if (op == 7) return f32x4.div(one, f32x4.sqrt(x));
  if (op == 8) return f32x4.div(one, x);
  if (op == 9) return f32x4.floor(x);
  if (op == 10) return f32x4.ceil(x);
  if (op == 11) return f32x4.nearest(x);
  if (op == 12) return f32x4.trunc(x);
  if (op == 13) return exp4(x);
  if (op == 14) return exp2_4(x);
  if (op == 15) return expm1_4(x);
  if (op == 16) return log4(x);
  if (op == 17) return log2_4(x);
  if (op == 18) return log1p4(x);
  if (op == 19) return sinCos4(x, 0);
  if (op == 20) return sinCos4(x, 1);
  if (op == 21) return tanh4(x);
  if (op == 22) return erf4(x);
  if (op == 23) return sigmoid4(x);
  if (op == 24) {
    const y = floorAt(x, -200);
    return f32x4.mul(y, sigmoid4(y));
  }
  if (op == 25) return f32x4.add(f32x4.max(x, zero), log1p4(exp4(f32x4.neg(f32x4.abs(x)))));
  if (op == 26) {
    const y = floorAt(x, -20);
    const half = f32x4.mul(y, f32x4.splat(0.5));
    return fma(half, erf4(f32x4.mul(y, f32x4.splat(SQRT_HALF))), half);
  }
  if (op == 27) {
    const y = floorAt(x, -200);
    const cube = f32x4.mul(f32x4.mul(y, y), y);
    return f32x4.mul(y, sigmoid4(f32x4.mul(f32x4.splat(GELU_SCALE), fma(cube, f32x4.splat(0.044715), y))));
  }
  if (op == 28) return v128.bitselect(f32x4.mul(x, p), x, f32x4.lt(x, zero));
  return v128.bitselect(f32x4.mul(p, expm1_4(x)), x, f32x4.lt(x, zero));
}

// @ts-ignore: decorator
@inline
function map(op: i32, src: usize, dst: usize, n: i32, p: f32, q: f32): void {
  const pp = f32x4.splat(p);
  const qq = f32x4.splat(q);
  for (; n > 0; n -= 4) {
    storeUpTo4(dst, apply(op, loadUpTo4(src, n), pp, qq), n);
    src += 16;
    dst += 16;
  }
}

/** dst[i] = f(src[i]) for the function numbered op; p and q are the parameters of clamp, leakyRelu and elu. In place allowed. */
export function f32_unary(op: i32, src: usize, dst: usize, n: i32, p: f32, q: f32): void {
  switch (op) {
    case 0: map(0, src, dst, n, p, q); break;
    case 1: map(1, src, dst, n, p, q); break;
    case 2: map(2, src, dst, n, p, q); break;
    case 3: map(3, src, dst, n, p, q); break;
    case 4: map(4, src, dst, n, p, q); break;
    case 5: map(5, src, dst, n, p, q); break;
    case 6: map(6, src, dst, n, p, q); break;
    case 7: map(7, src, dst, n, p, q); break;
    case 8: map(8, src, dst, n, p, q); break;
    case 9: map(9, src, dst, n, p, q); break;
    case 10: map(10, src, dst, n, p, q); break;
    case 11: map(11, src, dst, n, p, q); break;
    case 12: map(12, src, dst, n, p, q); break;
    case 13: map(13, src, dst, n, p, q); break;
    case 14: map(14, src, dst, n, p, q); break;
    case 15: map(15, src, dst, n, p, q); break;
    case 16: map(16, src, dst, n, p, q); break;
    case 17: map(17, src, dst, n, p, q); break;
    case 18: map(18, src, dst, n, p, q); break;
    case 19: map(19, src, dst, n, p, q); break;
    case 20: map(20, src, dst, n, p, q); break;
    case 21: map(21, src, dst, n, p, q); break;
    case 22: map(22, src, dst, n, p, q); break;
    case 23: map(23, src, dst, n, p, q); break;
    case 24: map(24, src, dst, n, p, q); break;
    case 25: map(25, src, dst, n, p, q); break;
    case 26: map(26, src, dst, n, p, q); break;
    case 27: map(27, src, dst, n, p, q); break;
    case 28: map(28, src, dst, n, p, q); break;
    default: map(29, src, dst, n, p, q);
  }
}

// @ts-ignore: decorator
@inline
function applyInteger(op: i32, signed: bool, x: v128, p: v128, q: v128): v128 {
  const zero = i32x4.splat(0);
  if (op == 0) return i32x4.neg(x);
  if (op == 3) return i32x4.mul(x, x);
  if (op == 5) return signed ? i32x4.min_s(i32x4.max_s(x, p), q) : i32x4.min_u(i32x4.max_u(x, p), q);
  if (op == 2) {
    const nonzero = v128.and(i32x4.ne(x, zero), i32x4.splat(1));
    return signed ? v128.or(i32x4.shr_s(x, 31), nonzero) : nonzero;
  }
  if (!signed) return x;
  if (op == 1) return i32x4.abs(x);
  return i32x4.max_s(x, zero);
}

// @ts-ignore: decorator
@inline
function mapInteger(op: i32, signed: bool, src: usize, dst: usize, n: i32, p: i32, q: i32): void {
  const pp = i32x4.splat(p);
  const qq = i32x4.splat(q);
  for (; n > 0; n -= 4) {
    storeUpTo4(dst, applyInteger(op, signed, loadUpTo4(src, n), pp, qq), n);
    src += 16;
    dst += 16;
  }
}

// @ts-ignore: decorator
@inline
function mapIntegers(op: i32, signed: bool, src: usize, dst: usize, n: i32, p: i32, q: i32): void {
  switch (op) {
    case 0: mapInteger(0, signed, src, dst, n, p, q); break;
    case 1: mapInteger(1, signed, src, dst, n, p, q); break;
    case 2: mapInteger(2, signed, src, dst, n, p, q); break;
    case 3: mapInteger(3, signed, src, dst, n, p, q); break;
    case 4: mapInteger(4, signed, src, dst, n, p, q); break;
    default: mapInteger(5, signed, src, dst, n, p, q);
  }
}

/** The same for neg, abs, sign, square, relu and clamp of i32; overflow wraps. */
export function i32_unary(op: i32, src: usize, dst: usize, n: i32, p: i32, q: i32): void {
  mapIntegers(op, true, src, dst, n, p, q);
}

/** The same of u32. */
export function u32_unary(op: i32, src: usize, dst: usize, n: i32, p: i32, q: i32): void {
  mapIntegers(op, false, src, dst, n, p, q);
}
