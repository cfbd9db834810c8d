// The derivative of the L-Mul product: it is piecewise linear in each operand, so the slope is a power of two.

import { operand4, offsets4 } from "./l-mul-product";
import { FLAGS, LINEAR } from "./l-mul-rule";

/**
 * dL(x, y)/dx = sign(y) 2^(y_e + c), where c = 0, 1, 2 counts the carries of x_m + y_m + 2^-l (0 in the linear form). A zero
 * or subnormal y gives a zero; at x = 0 it is the slope just above; NaN gives NaN.
 */
export function slope4(x: v128, y: v128, rule: usize): v128 {
  const abs = i32x4.splat(0x7fffffff), mask = i32x4.splat(0x7fffff), one = i32x4.splat(1 << 23);
  const infinity = i32x4.splat(0x7f800000), none = i32x4.splat(0);
  const p = v128.and(operand4(x, rule), abs), whole = operand4(y, rule), q = v128.and(whole, abs);
  let exponent = v128.and(q, infinity);
  const isZero = i32x4.eq(exponent, none);
  if (!(load<i32>(rule, FLAGS) & LINEAR)) {
    const constant = i32x4.sub(i32x4.splat(127 << 23), offsets4(p, q, 23, rule));
    const s = i32x4.add(i32x4.add(v128.and(p, mask), v128.and(q, mask)), constant);
    exponent = i32x4.add(exponent, v128.and(s, i32x4.splat(3 << 23)));
  }
  // One or two carries past the largest exponent are negative as signed numbers.
  const overflows = v128.or(i32x4.ge_s(exponent, infinity), i32x4.lt_s(exponent, none));
  const size = v128.andnot(v128.bitselect(infinity, exponent, overflows), isZero);
  const isNaN = v128.or(i32x4.gt_s(p, infinity), i32x4.gt_s(q, infinity));
  return v128.bitselect(i32x4.splat(0x7fc00000), v128.or(size, v128.andnot(whole, abs)), isNaN);
}
