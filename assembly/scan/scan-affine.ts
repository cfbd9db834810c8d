// First-order linear recurrences h = a h + b of f32 or f64 along lines, h carried as a double.
//
// mode, resets, strides: as in scan-words.ts, strides in elements; a reset forgets the h before it.
// state: f64 h, and where dst is 0 - the map over the line is asked for, not its values - f64 the product of the a and f64 1 where
// a reset was seen: h after the line is then (seen ? 0 : product times h before it) + h.

// @ts-ignore: decorator
@inline
function values<T>(mode: i32, a: usize, b: usize, resets: usize, step: usize, dst: usize, n: i32, stride: usize, state: usize): void {
  let h = load<f64>(state);
  for (let i = 0; i < n; i++) {
    const t: usize = mode & 2 ? n - 1 - i : i;
    const at = t * stride * sizeof<T>();
    const reset = resets != 0 && load<u8>(resets + t * step) != 0;
    const x = <f64>load<T>(b + at);
    const before = reset ? 0 : h;
    h = reset ? x : <f64>load<T>(a + at) * h + x;
    store<T>(dst + at, <T>(mode & 1 ? before : h));
  }
  store<f64>(state, h);
}

// @ts-ignore: decorator
@inline
function mapping<T>(mode: i32, a: usize, b: usize, resets: usize, step: usize, n: i32, stride: usize, state: usize): void {
  let h: f64 = 0;
  let product: f64 = 1;
  let seen = false;
  for (let i = 0; i < n; i++) {
    const t: usize = mode & 2 ? n - 1 - i : i;
    const at = t * stride * sizeof<T>();
    const factor = <f64>load<T>(a + at);
    const x = <f64>load<T>(b + at);
    const reset = resets != 0 && load<u8>(resets + t * step) != 0;
    h = reset ? x : factor * h + x;
    product *= factor;
    seen = seen || reset;
  }
  store<f64>(state, h);
  store<f64>(state, product, 8);
  store<f64>(state, seen ? 1 : 0, 16);
}

// @ts-ignore: decorator
@inline
function linesAs<T>(mode: i32, a: usize, b: usize, resets: usize, step: usize, apart: usize, initial: usize, dst: usize, lines: i32, next: usize, n: i32, stride: usize, state: usize): void {
  for (; lines > 0; lines--) {
    if (!(mode & 4)) store<f64>(state, initial ? <f64>load<T>(initial) : 0);
    if (dst) values<T>(mode, a, b, resets, step, dst, n, stride, state);
    else mapping<T>(mode, a, b, resets, step, n, stride, state);
    a += next * sizeof<T>();
    b += next * sizeof<T>();
    if (dst) dst += next * sizeof<T>();
    if (initial) initial += sizeof<T>();
    if (resets) resets += apart;
  }
}

/** Lines of n steps that begin `next` elements apart; initial (0 for zeros): one number per line. */
export function f32_affine_lines(mode: i32, a: usize, b: usize, resets: usize, step: usize, apart: usize, initial: usize, dst: usize, lines: i32, next: usize, n: i32, stride: usize, state: usize): void {
  linesAs<f32>(mode, a, b, resets, step, apart, initial, dst, lines, next, n, stride, state);
}

/** The same over f64. */
export function f64_affine_lines(mode: i32, a: usize, b: usize, resets: usize, step: usize, apart: usize, initial: usize, dst: usize, lines: i32, next: usize, n: i32, stride: usize, state: usize): void {
  linesAs<f64>(mode, a, b, resets, step, apart, initial, dst, lines, next, n, stride, state);
}

/** state becomes h after the line that `later` is the map of. */
export function f64_affine_merge(state: usize, later: usize): void {
  const h = load<f64>(state);
  // A product of many coefficients may overflow, and infinity times nothing must stay nothing.
  const kept = load<f64>(later, 16) != 0 || h == 0 ? 0 : load<f64>(later, 8) * h;
  store<f64>(state, kept + load<f64>(later));
}
