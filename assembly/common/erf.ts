// erf in four f32 lanes, at most 2 ulp: x + x P(x^2) below 0.92, 1 - e^-Q(x) above, where Q = -ln erfc. Own fits.

import { exp4 } from "./exp";
import { fma } from "./fma";

// @ts-ignore: decorator
@lazy
const P: usize = memory.data<f32>([
  7.9926227e-5, -0.000804915559, 0.00519237667, -0.0268557277, 0.112836257, -0.376126289, 0.128379166,
]);

// @ts-ignore: decorator
@lazy
const Q: usize = memory.data<f32>([
  2.10853104e-5, -0.00043434347, 0.00417046016, -0.0251177866, 0.108277492, 0.6333493, 1.12951374, -0.000174437722,
]);

// @ts-ignore: decorator
@inline
export function erf4(x: v128): v128 {
  const magnitude = f32x4.pmin(f32x4.abs(x), f32x4.splat(4));
  const t = f32x4.mul(magnitude, magnitude);
  let p = fma(v128.load32_splat(P), t, v128.load32_splat(P, 4));
  p = fma(p, t, v128.load32_splat(P, 8));
  p = fma(p, t, v128.load32_splat(P, 12));
  p = fma(p, t, v128.load32_splat(P, 16));
  p = fma(p, t, v128.load32_splat(P, 20));
  p = fma(p, t, v128.load32_splat(P, 24));
  const small = fma(p, magnitude, magnitude);
  const large = f32x4.gt(magnitude, f32x4.splat(0.92));
  if (!v128.any_true(large)) return v128.bitselect(x, small, f32x4.splat(-0.0));
  let q = fma(v128.load32_splat(Q), magnitude, v128.load32_splat(Q, 4));
  q = fma(q, magnitude, v128.load32_splat(Q, 8));
  q = fma(q, magnitude, v128.load32_splat(Q, 12));
  q = fma(q, magnitude, v128.load32_splat(Q, 16));
  q = fma(q, magnitude, v128.load32_splat(Q, 20));
  q = fma(q, magnitude, v128.load32_splat(Q, 24));
  q = fma(q, magnitude, v128.load32_splat(Q, 28));
  const tail = f32x4.sub(f32x4.splat(1), exp4(f32x4.neg(q)));
  return v128.bitselect(x, v128.bitselect(tail, small, large), f32x4.splat(-0.0));
}
