// The integer side of fold.ts: sum and product wrap, least and greatest are signed or not. Partials are 32-bit words.

// @ts-ignore: decorator
@inline
function join(op: i32, signed: bool, a: v128, x: v128): v128 {
  if (op == 0) return i32x4.add(a, x);
  if (op == 1) return i32x4.mul(a, x);
  if (op == 2) return signed ? i32x4.min_s(a, x) : i32x4.min_u(a, x);
  return signed ? i32x4.max_s(a, x) : i32x4.max_u(a, x);
}

// @ts-ignore: decorator
@inline
function neutral(op: i32, signed: bool): i32 {
  if (op == 0) return 0;
  if (op == 1) return 1;
  if (op == 2) return signed ? i32.MAX_VALUE : -1;
  return signed ? i32.MIN_VALUE : 0;
}

// @ts-ignore: decorator
@inline
function foldRow(op: i32, signed: bool, src: usize, n: i32): i32 {
  let a = i32x4.splat(neutral(op, signed));
  for (; n >= 4; n -= 4) {
    a = join(op, signed, a, v128.load(src));
    src += 16;
  }
  for (; n > 0; n--) {
    a = join(op, signed, a, i32x4.replace_lane(i32x4.splat(neutral(op, signed)), 0, load<i32>(src)));
    src += 4;
  }
  a = join(op, signed, a, i64x2.shuffle(a, a, 1, 0));
  return i32x4.extract_lane(join(op, signed, a, i32x4.shuffle(a, a, 1, 0, 3, 2)), 0);
}

// @ts-ignore: decorator
@inline
function foldColumns(op: i32, signed: bool, src: usize, partial: usize, n: i32, inner: i32): void {
  for (let i = 0; i < inner; i++) store<i32>(partial + ((<usize>i) << 2), neutral(op, signed));
  for (; n > 0; n--) {
    let at: usize = 0;
    let i = inner;
    for (; i >= 4; i -= 4) {
      v128.store(partial + at, join(op, signed, v128.load(partial + at), v128.load(src + at)));
      at += 16;
    }
    for (; i > 0; i--) {
      const joined = join(op, signed, v128.load32_splat(partial + at), v128.load32_splat(src + at));
      v128.store32_lane(partial + at, joined, 0);
      at += 4;
    }
    src += (<usize>inner) << 2;
  }
}

// @ts-ignore: decorator
@inline
function foldAs(op: i32, signed: bool, src: usize, partial: usize, outer: i32, stride: i32, n: i32, inner: i32, step: i32): void {
  for (; outer > 0; outer--) {
    if (inner == 1) store<i32>(partial, foldRow(op, signed, src, n));
    else foldColumns(op, signed, src, partial, n, inner);
    src += stride;
    partial += step;
  }
}

/** As f32_fold, with partials of 4 bytes; op 0 to 3. */
export function i32_fold(op: i32, src: usize, partial: usize, outer: i32, stride: i32, n: i32, inner: i32, step: i32): void {
  switch (op) {
    case 0: foldAs(0, true, src, partial, outer, stride, n, inner, step); break;
    case 1: foldAs(1, true, src, partial, outer, stride, n, inner, step); break;
    case 2: foldAs(2, true, src, partial, outer, stride, n, inner, step); break;
    default: foldAs(3, true, src, partial, outer, stride, n, inner, step);
  }
}

/** The same over u32; sums and products are those of i32. */
export function u32_fold(op: i32, src: usize, partial: usize, outer: i32, stride: i32, n: i32, inner: i32, step: i32): void {
  switch (op) {
    case 0: foldAs(0, true, src, partial, outer, stride, n, inner, step); break;
    case 1: foldAs(1, true, src, partial, outer, stride, n, inner, step); break;
    case 2: foldAs(2, false, src, partial, outer, stride, n, inner, step); break;
    default: foldAs(3, false, src, partial, outer, stride, n, inner, step);
  }
}
