// sin and cos of any f32. Beyond pi/4 the angle is reduced with integers only (Payne and Hanek 1983): the 24 bits of x times
// as many bits of 2/pi as its exponent asks for, of which the part below four quadrants is kept.

const TWO_OVER_PI = array<u32, 9>(
  0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu, 0xdebbc561u,
);

fn multiply_high(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let cross = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (cross & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (cross >> 16u) + (other >> 16u);
}

// 32 bits of 2/pi from bit `at` - 32 on.
fn two_over_pi_bits(at: u32) -> u32 {
  var table = TWO_OVER_PI;
  let word = at >> 5u;
  let by = at & 31u;
  if (by == 0u) { return table[word]; }
  return (table[word] << by) | (table[word + 1u] >> (32u - by));
}

struct Angle { r: f32, quadrant: u32 }

// x = r + quadrant pi/2 modulo 2 pi, |r| <= pi/4.
fn reduce_angle(x: f32) -> Angle {
  let bits = bitcast<u32>(x);
  let magnitude = bits & 0x7fffffffu;
  if (magnitude < 0x3f490fdbu) { return Angle(x, 0u); }
  let at = min(magnitude >> 23u, 254u) - 120u;
  let m = (bits & 0x7fffffu) | 0x800000u;
  let p1 = two_over_pi_bits(at + 32u);
  let h2 = multiply_high(m, two_over_pi_bits(at + 64u));
  var low = m * p1;
  let sum = low + h2;
  var high = m * two_over_pi_bits(at) + multiply_high(m, p1) + select(0u, 1u, sum < low);
  low = sum;
  var quadrant = (high + 0x20000000u) >> 30u;
  high -= quadrant << 30u;
  let below = (high & 0x80000000u) != 0u;
  if (below) {
    high = ~high + select(0u, 1u, low == 0u);
    low = ~low + 1u;
  }
  // 2 pi / 2^32 and 2 pi / 2^64.
  let r = fma(f32(high), 1.4629180793e-9, f32(low) * 3.4061215801e-19);
  if ((bits & 0x80000000u) != 0u) { quadrant = 0u - quadrant; }
  return Angle(select(r, -r, below != ((bits & 0x80000000u) != 0u)), quadrant & 3u);
}

fn sin_cos(x: f32, quarter: u32) -> f32 {
  let angle = reduce_angle(x);
  let q = angle.quadrant + quarter;
  let r = angle.r;
  let t = r * r;
  let s = fma(fma(fma(fma(2.83268992e-6, t, -0.000198530703), t, 0.0083333794), t, -0.166666672) * t, r, r);
  let c = fma(fma(fma(fma(2.44325638e-5, t, -0.00138873106), t, 0.0416666456), t, -0.5), t, 1.0);
  let y = select(s, c, (q & 1u) == 1u);
  let flipped = select(y, -y, (q & 2u) == 2u);
  let bits = bitcast<u32>(x);
  return select(flipped, bitcast<f32>(bits | 0x7fc00000u), (bits & 0x7fffffffu) >= 0x7f800000u);
}

fn sin_cos4(x: vec4f, quarter: u32) -> vec4f {
  return vec4f(sin_cos(x.x, quarter), sin_cos(x.y, quarter), sin_cos(x.z, quarter), sin_cos(x.w, quarter));
}
