// Reductions of [outer, n, inner] over n in two steps: fold a range of n into partial results [outer, inner], then combine
// the partials of all ranges in their order (combine.ts). The host cuts n into ranges of fixed size, so the result does
// not depend on the number of threads. Floats are folded in f64, i32 and u32 in 32 wrapping bits.
//
// op: 0 sum, 1 product, 2 least, 3 greatest (a NaN wins), 4 sum of squared differences from centre[outer, inner] (f64).

// @ts-ignore: decorator
@inline
function neutral(op: i32): v128 {
  if (op == 1) return f64x2.splat(1);
  if (op == 2) return f64x2.splat(Infinity);
  if (op == 3) return f64x2.splat(-Infinity);
  return f64x2.splat(0);
}

// @ts-ignore: decorator
@inline
function join(op: i32, a: v128, x: v128, centre: v128): v128 {
  if (op == 0) return f64x2.add(a, x);
  if (op == 1) return f64x2.mul(a, x);
  if (op == 2) return f64x2.min(a, x);
  if (op == 3) return f64x2.max(a, x);
  const d = f64x2.sub(x, centre);
  return f64x2.add(a, f64x2.mul(d, d));
}

/** Two partial results of one op into one: squared differences add up. */
// @ts-ignore: decorator
@inline
function merge(op: i32, a: v128, b: v128): v128 {
  return join(op == 4 ? 0 : op, a, b, a);
}

// @ts-ignore: decorator
@inline
function pair<T>(src: usize): v128 {
  if (sizeof<T>() == 8) return v128.load(src);
  return f64x2.promote_low_f32x4(v128.load64_zero(src));
}

// @ts-ignore: decorator
@inline
function foldRow<T>(op: i32, src: usize, n: i32, centre: v128): f64 {
  let a = neutral(op);
  let b = a;
  let c = a;
  let d = a;
  for (; n >= 8; n -= 8) {
    a = join(op, a, pair<T>(src), centre);
    b = join(op, b, pair<T>(src + 2 * sizeof<T>()), centre);
    c = join(op, c, pair<T>(src + 4 * sizeof<T>()), centre);
    d = join(op, d, pair<T>(src + 6 * sizeof<T>()), centre);
    src += 8 * sizeof<T>();
  }
  for (; n > 0; n--) {
    const rest = f64x2.replace_lane(op == 4 ? centre : neutral(op), 0, <f64>load<T>(src));
    a = join(op, a, rest, centre);
    src += sizeof<T>();
  }
  a = merge(op, merge(op, a, b), merge(op, c, d));
  return f64x2.extract_lane(merge(op, a, i64x2.shuffle(a, a, 1, 0)), 0);
}

/** Columns [0, inner) of n rows, two at a time into partial[inner]; four rows per pass over the partials. */
// @ts-ignore: decorator
@inline
function foldColumns<T>(op: i32, src: usize, partial: usize, n: i32, inner: i32, centre: usize): void {
  const row = <usize>inner * sizeof<T>();
  for (let i = 0; i < inner; i++) store<f64>(partial + ((<usize>i) << 3), f64x2.extract_lane(neutral(op), 0));
  for (; n > 0; n--) {
    let at: usize = 0;
    let i = inner;
    for (; i >= 2; i -= 2) {
      const slot = partial + (at << 3);
      const around = op == 4 ? v128.load(centre + (at << 3)) : f64x2.splat(0);
      v128.store(slot, join(op, v128.load(slot), pair<T>(src + at * sizeof<T>()), around));
      at += 2;
    }
    if (i) {
      const slot = partial + (at << 3);
      const around = op == 4 ? v128.load64_splat(centre + (at << 3)) : f64x2.splat(0);
      const x = f64x2.splat(<f64>load<T>(src + at * sizeof<T>()));
      v128.store64_lane(slot, join(op, v128.load64_splat(slot), x, around), 0);
    }
    src += row;
  }
}

// @ts-ignore: decorator
@inline
function foldAs<T>(op: i32, src: usize, partial: usize, outer: i32, stride: i32, n: i32, inner: i32, step: i32, centre: usize): void {
  for (; outer > 0; outer--) {
    if (inner == 1) {
      store<f64>(partial, foldRow<T>(op, src, n, op == 4 ? v128.load64_splat(centre) : f64x2.splat(0)));
    } else foldColumns<T>(op, src, partial, n, inner, centre);
    src += stride;
    partial += step;
    centre += (<usize>inner) << 3;
  }
}

/**
 * For every o < outer: partial = fold of n rows of `inner` elements at src. From one o to the next src moves by stride
 * bytes, partial (f64) by step bytes and centre by inner doubles.
 */
export function f32_fold(op: i32, src: usize, partial: usize, outer: i32, stride: i32, n: i32, inner: i32, step: i32, centre: usize): void {
  switch (op) {
    case 0: foldAs<f32>(0, src, partial, outer, stride, n, inner, step, centre); break;
    case 1: foldAs<f32>(1, src, partial, outer, stride, n, inner, step, centre); break;
    case 2: foldAs<f32>(2, src, partial, outer, stride, n, inner, step, centre); break;
    case 3: foldAs<f32>(3, src, partial, outer, stride, n, inner, step, centre); break;
    default: foldAs<f32>(4, src, partial, outer, stride, n, inner, step, centre);
  }
}

/** The same over f64. */
export function f64_fold(op: i32, src: usize, partial: usize, outer: i32, stride: i32, n: i32, inner: i32, step: i32, centre: usize): void {
  switch (op) {
    case 0: foldAs<f64>(0, src, partial, outer, stride, n, inner, step, centre); break;
    case 1: foldAs<f64>(1, src, partial, outer, stride, n, inner, step, centre); break;
    case 2: foldAs<f64>(2, src, partial, outer, stride, n, inner, step, centre); break;
    case 3: foldAs<f64>(3, src, partial, outer, stride, n, inner, step, centre); break;
    default: foldAs<f64>(4, src, partial, outer, stride, n, inner, step, centre);
  }
}
