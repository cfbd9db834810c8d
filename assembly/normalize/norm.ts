// Layer and RMS normalisation of rows: y = (x - mean) / sqrt(variance + eps) * weight + bias, without mean and bias for
// RMS. Mean and variance are summed in f64 and taken in two passes, so a large mean costs no digits: it is kept as a sum of
// two f32, and where x is close to the first their difference is exact.

/** The lower two of four f32 as doubles. */
// @ts-ignore: decorator
@inline
function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** The upper two. */
// @ts-ignore: decorator
@inline
function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(i64x2.shuffle(x, x, 1, 0));
}

// @ts-ignore: decorator
@inline
function total(a: v128, b: v128, c: v128, d: v128): f64 {
  const sum = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

function sumOf(src: usize, n: i32): f64 {
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (; n >= 8; n -= 8) {
    const x = v128.load(src);
    const y = v128.load(src, 16);
    a = f64x2.add(a, low(x));
    b = f64x2.add(b, high(x));
    c = f64x2.add(c, low(y));
    d = f64x2.add(d, high(y));
    src += 32;
  }
  let sum = total(a, b, c, d);
  for (; n > 0; n--) {
    sum += <f64>load<f32>(src);
    src += 4;
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function squared(x: v128): v128 {
  return f64x2.mul(x, x);
}

/** The sum of (x - mean - rest)^2. */
function squaresOf(src: usize, n: i32, mean: f32, rest: f32): f64 {
  const m = f32x4.splat(mean);
  const r = f32x4.splat(rest);
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (; n >= 8; n -= 8) {
    const x = f32x4.sub(f32x4.sub(v128.load(src), m), r);
    const y = f32x4.sub(f32x4.sub(v128.load(src, 16), m), r);
    a = f64x2.add(a, squared(low(x)));
    b = f64x2.add(b, squared(high(x)));
    c = f64x2.add(c, squared(low(y)));
    d = f64x2.add(d, squared(high(y)));
    src += 32;
  }
  let sum = total(a, b, c, d);
  for (; n > 0; n--) {
    const x = <f64>(load<f32>(src) - mean - rest);
    sum += x * x;
    src += 4;
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function normal(x: v128, mean: v128, rest: v128, scale: v128): v128 {
  return f32x4.mul(f32x4.sub(f32x4.sub(x, mean), rest), scale);
}

/**
 * rows of n f32 from src to dst (may be equal); weight and bias of n f32, or 0 for none. centred: layer norm, else RMS.
 */
export function f32_norm(
  src: usize, dst: usize, rows: i32, n: i32, weight: usize, bias: usize, eps: f32, centred: i32,
): void {
  const count = <f64>n;
  for (; rows > 0; rows--) {
    const centre = centred ? sumOf(src, n) / count : 0;
    const mean = <f32>centre;
    const rest = <f32>(centre - <f64>mean);
    const scale = f32x4.splat(<f32>(1 / sqrt<f64>(squaresOf(src, n, mean, rest) / count + <f64>eps)));
    const m = f32x4.splat(mean);
    const r = f32x4.splat(rest);
    let w = weight;
    let b = bias;
    let left = n;
    for (; left >= 8; left -= 8) {
      let x = normal(v128.load(src), m, r, scale);
      let y = normal(v128.load(src, 16), m, r, scale);
      if (weight) {
        x = f32x4.mul(x, v128.load(w));
        y = f32x4.mul(y, v128.load(w, 16));
        w += 32;
      }
      if (bias) {
        x = f32x4.add(x, v128.load(b));
        y = f32x4.add(y, v128.load(b, 16));
        b += 32;
      }
      v128.store(dst, x);
      v128.store(dst, y, 16);
      src += 32;
      dst += 32;
    }
    for (; left > 0; left--) {
      let x = normal(v128.load32_zero(src), m, r, scale);
      if (weight) x = f32x4.mul(x, v128.load32_zero(w));
      if (bias) x = f32x4.add(x, v128.load32_zero(b));
      v128.store32_lane(dst, x, 0);
      w += 4;
      b += 4;
      src += 4;
      dst += 4;
    }
  }
}
