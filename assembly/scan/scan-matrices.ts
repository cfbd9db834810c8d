// Running products of k x k matrices, k <= 4, over (+, x) or (max, +): every matrix is multiplied from the left to the product of
// those before it. Products are carried as doubles.
//
// mode: 1 exclusive, 2 reversed, 4 the state holds what comes before, 8 (max, +).
// resets, strides: as in scan-words.ts, strides in matrices. state: 16 doubles, then room for 16, then f64 1 where a reset was seen.

// @ts-ignore: decorator
@inline
function at(i: i32, j: i32): usize {
  return (<usize>(4 * i + j)) << 3;
}

/** The unit of the product, at p. */
function begin(p: usize, k: i32, tropical: bool): void {
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      const unit: f64 = tropical ? (i == j ? 0 : -Infinity) : i == j ? 1 : 0;
      store<f64>(p + at(i, j), unit);
    }
  }
}

/** p becomes m p; m of rows of `pitch` bytes. */
// @ts-ignore: decorator
@inline
function multiply<T>(m: usize, pitch: usize, p: usize, k: i32, tropical: bool): void {
  const room = p + 128;
  for (let i = 0; i < k; i++) {
    const row = m + <usize>i * pitch;
    for (let j = 0; j < k; j++) {
      let sum: f64 = tropical ? -Infinity : 0;
      for (let l = 0; l < k; l++) {
        const x = <f64>load<T>(row + <usize>l * sizeof<T>());
        const y = load<f64>(p + at(l, j));
        sum = tropical ? max<f64>(sum, x + y) : sum + x * y;
      }
      store<f64>(room + at(i, j), sum);
    }
  }
  memory.copy(p, room, 128);
}

// @ts-ignore: decorator
@inline
function put<T>(p: usize, dst: usize, k: i32): void {
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      store<T>(dst, <T>load<f64>(p + at(i, j)));
      dst += sizeof<T>();
    }
  }
}

// @ts-ignore: decorator
@inline
function linesAs<T>(mode: i32, k: i32, src: usize, resets: usize, step: usize, apart: usize, dst: usize, lines: i32, next: usize, n: i32, stride: usize, state: usize): void {
  const tropical = (mode & 8) != 0;
  const pitch = <usize>k * sizeof<T>();
  const bytes = <usize>k * pitch;
  for (; lines > 0; lines--) {
    if (!(mode & 4)) begin(state, k, tropical);
    for (let i = 0; i < n; i++) {
      const t: usize = mode & 2 ? n - 1 - i : i;
      const place = t * stride * bytes;
      if (resets != 0 && load<u8>(resets + t * step) != 0) {
        begin(state, k, tropical);
        store<f64>(state, 1, 256);
      }
      if (dst && mode & 1) put<T>(state, dst + place, k);
      multiply<T>(src + place, pitch, state, k, tropical);
      if (dst && !(mode & 1)) put<T>(state, dst + place, k);
    }
    src += next * bytes;
    if (dst) dst += next * bytes;
    if (resets) resets += apart;
  }
}

/** Lines of n matrices that begin `next` matrices apart. */
export function f32_matrix_lines(mode: i32, k: i32, src: usize, resets: usize, step: usize, apart: usize, dst: usize, lines: i32, next: usize, n: i32, stride: usize, state: usize): void {
  linesAs<f32>(mode, k, src, resets, step, apart, dst, lines, next, n, stride, state);
}

/** The same over f64. */
export function f64_matrix_lines(mode: i32, k: i32, src: usize, resets: usize, step: usize, apart: usize, dst: usize, lines: i32, next: usize, n: i32, stride: usize, state: usize): void {
  linesAs<f64>(mode, k, src, resets, step, apart, dst, lines, next, n, stride, state);
}

/** The unit, with no reset seen, into a state. */
export function f64_matrix_begin(mode: i32, k: i32, state: usize): void {
  begin(state, k, (mode & 8) != 0);
  store<f64>(state, 0, 256);
}

/** state becomes the product of what came after it and of itself. */
export function f64_matrix_merge(mode: i32, k: i32, state: usize, later: usize): void {
  if (load<f64>(later, 256) != 0) memory.copy(state, later, 128);
  else multiply<f64>(later, 32, state, k, (mode & 8) != 0);
}
