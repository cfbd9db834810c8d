// The natural logarithm of a double without a table: a group's window of static memory is small.

const LN2_HIGH: f64 = 0.6931471803691238, LN2_LOW: f64 = 1.9082149292705877e-10;

/**
 * log(x) of a positive normal x, within 2 ulp: x = 2^e m with m in [sqrt(1/2), sqrt(2)) and log m = 2 atanh(s), s = (m - 1) / (m + 1). With
 * |s| <= 0.1716 the terms of the series after s^23 are below 2^-60. e times the high part of log 2 is exact (its low 21 bits are 0).
 */
export function logarithm(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let e = <i32>(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    e++;
  }
  const s = (m - 1) / (m + 1), q = s * s;
  let series: f64 = 1.0 / 23;
  for (let odd: f64 = 21; odd >= 3; odd -= 2) series = series * q + 1 / odd;
  const scale = <f64>e;
  return scale * LN2_HIGH + (2 * s + (2 * s * q * series + scale * LN2_LOW));
}
