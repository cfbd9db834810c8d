// Functions of four f32, to the bounds of src/ops/elementwise/unary-table.ts: WGSL promises too little of its own exp, log, sin
// and tanh. The methods and coefficients are those of assembly/common. Infinities and NaN are told by their bits, because
// a shader compiler may assume that there are none. Subnormal results may be flushed.

const NAN_BITS: u32 = 0x7fc00000u;
const INFINITY_BITS: u32 = 0x7f800000u;

fn magnitude_bits(x: vec4f) -> vec4u {
  return bitcast<vec4u>(x) & vec4u(0x7fffffffu);
}

fn is_nan(x: vec4f) -> vec4<bool> {
  return magnitude_bits(x) > vec4u(INFINITY_BITS);
}

fn is_negative(x: vec4f) -> vec4<bool> {
  return bitcast<vec4i>(x) < vec4i(0);
}

// The sign of x on y.
fn with_sign(y: vec4f, x: vec4f) -> vec4f {
  return bitcast<vec4f>(magnitude_bits(y) | (bitcast<vec4u>(x) & vec4u(0x80000000u)));
}

fn power_of_two(n: vec4i) -> vec4f {
  return bitcast<vec4f>((n + vec4i(127)) << vec4u(23u));
}

// y 2^n, n in [-252, 254].
fn scaled(y: vec4f, n: vec4i) -> vec4f {
  let half = n >> vec4u(1u);
  return (y * power_of_two(half)) * power_of_two(n - half);
}

fn exp4(x: vec4f) -> vec4f {
  let clamped = clamp(x, vec4f(-104.0), vec4f(89.0));
  let n = round(clamped * 1.44269504);
  let r = fma(n, vec4f(2.12194440e-4), fma(n, vec4f(-0.693359375), clamped));
  var p = fma(vec4f(0.00138699578), r, vec4f(0.00836625323));
  p = fma(p, r, vec4f(0.0416674428));
  p = fma(p, r, vec4f(0.166665465));
  p = fma(p, r, vec4f(0.49999997));
  p = fma(p, r * r, r) + vec4f(1.0);
  return select(scaled(p, vec4i(n)), x, is_nan(x));
}

fn exp2_4(x: vec4f) -> vec4f {
  let clamped = clamp(x, vec4f(-151.0), vec4f(129.0));
  let n = round(clamped);
  let r = clamped - n;
  var p = fma(vec4f(0.000153289075), r, vec4f(0.00133909762));
  p = fma(p, r, vec4f(0.00961850025));
  p = fma(p, r, vec4f(0.0555035956));
  p = fma(p, r, vec4f(0.240226477));
  p = fma(p, r, vec4f(0.693147182));
  p = fma(p, r, vec4f(1.0));
  return select(scaled(p, vec4i(n)), x, is_nan(x));
}

fn expm1_4(x: vec4f) -> vec4f {
  let clamped = clamp(x, vec4f(-18.0), vec4f(89.0));
  let n = round(clamped * 1.44269504);
  let r = fma(n, vec4f(2.12194440e-4), fma(n, vec4f(-0.693359375), clamped));
  var p = fma(vec4f(0.00138699578), r, vec4f(0.00836625323));
  p = fma(p, r, vec4f(0.0416674428));
  p = fma(p, r, vec4f(0.166665465));
  p = fma(p, r, vec4f(0.49999997));
  p = fma(p, r * r, r);
  let half = power_of_two(vec4i(n) - vec4i(1));
  let sum = fma(half, p, half - vec4f(0.5));
  return select(sum + sum, x, is_nan(x));
}

// log(1 + f) - f for f in [sqrt(1/2) - 1, sqrt(2) - 1].
fn log_remainder(f: vec4f) -> vec4f {
  var p = fma(vec4f(0.0674953982), f, vec4f(-0.116701849));
  p = fma(p, f, vec4f(0.118834719));
  p = fma(p, f, vec4f(-0.124062084));
  p = fma(p, f, vec4f(0.142203629));
  p = fma(p, f, vec4f(-0.166679904));
  p = fma(p, f, vec4f(0.200020716));
  p = fma(p, f, vec4f(-0.250000089));
  p = fma(p, f, vec4f(0.333333135));
  let square = f * f;
  return fma(p * f, square, square * -0.5);
}

// ln x, or log2 x; 0 -> -inf, inf -> inf, below 0 and NaN -> NaN.
fn log_base(x: vec4f, base2: bool) -> vec4f {
  let subnormal = magnitude_bits(x) < vec4u(0x00800000u);
  let bits = bitcast<vec4i>(select(x, x * 8388608.0, subnormal));
  let e = (bits - vec4i(0x3f3504f3)) >> vec4u(23u);
  let f = bitcast<vec4f>(bits - (e << vec4u(23u))) - vec4f(1.0);
  let ef = vec4f(e - select(vec4i(0), vec4i(23), subnormal));
  var y: vec4f;
  if (base2) {
    y = ef + (log_remainder(f) + f) * 1.44269504;
  } else {
    y = fma(ef, vec4f(0.693359375), fma(ef, vec4f(-2.12194440e-4), log_remainder(f)) + f);
  }
  let zero = (bits & vec4i(0x7fffffff)) == vec4i(0);
  var special = select(bitcast<vec4u>(x), vec4u(NAN_BITS), is_negative(x));
  special = select(special, vec4u(0xff800000u), zero);
  let ordinary = (magnitude_bits(x) < vec4u(INFINITY_BITS)) & !is_negative(x) & !zero;
  return select(bitcast<vec4f>(special), y, ordinary);
}

fn log4(x: vec4f) -> vec4f {
  return log_base(x, false);
}

// Where 1 + x needs no reduction, x itself goes into the polynomial. (The usual way, to add back what 1 + x rounded away, is
// one that shader compilers simplify to nothing.)
fn log1p4(x: vec4f) -> vec4f {
  let near = (x > vec4f(-0.2928932)) & (x < vec4f(0.4142135));
  return select(log4(x + vec4f(1.0)), x + log_remainder(x), near);
}

fn tanh4(x: vec4f) -> vec4f {
  let magnitude = min(abs(x), vec4f(10.0));
  let t = expm1_4(magnitude + magnitude);
  return select(with_sign(t / (t + vec4f(2.0)), x), x, is_nan(x));
}

fn sigmoid4(x: vec4f) -> vec4f {
  let e = exp4(-abs(x));
  return select(select(vec4f(1.0), e, is_negative(x)) / (vec4f(1.0) + e), x, is_nan(x));
}

fn erf4(x: vec4f) -> vec4f {
  let magnitude = min(abs(x), vec4f(4.0));
  let t = magnitude * magnitude;
  var p = fma(vec4f(7.9926227e-5), t, vec4f(-0.000804915559));
  p = fma(p, t, vec4f(0.00519237667));
  p = fma(p, t, vec4f(-0.0268557277));
  p = fma(p, t, vec4f(0.112836257));
  p = fma(p, t, vec4f(-0.376126289));
  p = fma(p, t, vec4f(0.128379166));
  let small = fma(p, magnitude, magnitude);
  var q = fma(vec4f(2.10853104e-5), magnitude, vec4f(-0.00043434347));
  q = fma(q, magnitude, vec4f(0.00417046016));
  q = fma(q, magnitude, vec4f(-0.0251177866));
  q = fma(q, magnitude, vec4f(0.108277492));
  q = fma(q, magnitude, vec4f(0.6333493));
  q = fma(q, magnitude, vec4f(1.12951374));
  q = fma(q, magnitude, vec4f(-0.000174437722));
  let y = select(small, vec4f(1.0) - exp4(-q), magnitude > vec4f(0.92));
  return select(with_sign(y, x), x, is_nan(x));
}
