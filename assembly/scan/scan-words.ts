// Scans whose elements are words and whose chain is one step of a few cycles: i32 and u32 sums, products and maxima, which wrap,
// and products in a finite monoid given by its table. Scalar loops: an addition per cycle is what vectors would reach too.
//
// op: 0 sum, 1 product, 2 greatest of i32, 3 greatest of u32, 4 table[before size + element].
// Elements are 4 bytes, or 1 byte of u8 codes; along a line they are `stride` elements apart.
// mode: 1 exclusive, 2 reversed, 4 the state holds what comes before, otherwise every line begins with `unit`.
// resets: a byte per element of a line, `step` apart, not 0 where the scan begins anew; 0 for none.
// state: what comes before, and after the call the join of it and the line; then 1 where a reset was seen.

// @ts-ignore: decorator
@inline
function join(op: i32, a: i32, b: i32, table: usize, size: i32): i32 {
  if (op == 0) return a + b;
  if (op == 1) return a * b;
  if (op == 2) return max(a, b);
  if (op == 3) return <i32>max<u32>(a, b);
  return load<u8>(table + <usize>(a * size + b));
}

// @ts-ignore: decorator
@inline
function line<T>(op: i32, mode: i32, src: usize, resets: usize, step: usize, dst: usize, n: i32, stride: usize, unit: i32, table: usize, size: i32, state: usize): void {
  let running = load<i32>(state);
  let seen = load<i32>(state, 4);
  const exclusive = (mode & 1) != 0;
  for (let i = 0; i < n; i++) {
    const t: usize = mode & 2 ? n - 1 - i : i;
    const at = t * stride * sizeof<T>();
    const reset = resets != 0 && load<u8>(resets + t * step) != 0;
    const before = reset ? unit : running;
    running = join(op, before, <i32>load<T>(src + at), table, size);
    if (reset) seen = 1;
    if (dst) store<T>(dst + at, <T>(exclusive ? before : running));
  }
  store<i32>(state, running);
  store<i32>(state, seen, 4);
}

// @ts-ignore: decorator
@inline
function linesAs<T>(op: i32, mode: i32, src: usize, resets: usize, step: usize, apart: usize, dst: usize, lines: i32, next: usize, n: i32, stride: usize, unit: i32, table: usize, size: i32, state: usize): void {
  for (; lines > 0; lines--) {
    if (!(mode & 4)) {
      store<i32>(state, unit);
      store<i32>(state, 0, 4);
    }
    line<T>(op, mode, src, resets, step, dst, n, stride, unit, table, size, state);
    src += next * sizeof<T>();
    if (dst) dst += next * sizeof<T>();
    if (resets) resets += apart;
  }
}

/** Lines of n words that begin `next` words apart (resets: `apart` bytes); table of `size` squared bytes. */
export function i32_scan_lines(op: i32, mode: i32, src: usize, resets: usize, step: usize, apart: usize, dst: usize, lines: i32, next: usize, n: i32, stride: usize, unit: i32, table: usize, size: i32, state: usize): void {
  switch (op) {
    case 0: linesAs<i32>(0, mode, src, resets, step, apart, dst, lines, next, n, stride, unit, table, size, state); break;
    case 1: linesAs<i32>(1, mode, src, resets, step, apart, dst, lines, next, n, stride, unit, table, size, state); break;
    case 2: linesAs<i32>(2, mode, src, resets, step, apart, dst, lines, next, n, stride, unit, table, size, state); break;
    case 3: linesAs<i32>(3, mode, src, resets, step, apart, dst, lines, next, n, stride, unit, table, size, state); break;
    default: linesAs<i32>(4, mode, src, resets, step, apart, dst, lines, next, n, stride, unit, table, size, state);
  }
}

/** The same over codes of one byte; only op 4. */
export function u8_scan_lines(op: i32, mode: i32, src: usize, resets: usize, step: usize, apart: usize, dst: usize, lines: i32, next: usize, n: i32, stride: usize, unit: i32, table: usize, size: i32, state: usize): void {
  linesAs<u8>(4, mode, src, resets, step, apart, dst, lines, next, n, stride, unit, table, size, state);
}

/** state becomes state joined with what came after it. */
export function i32_scan_merge(op: i32, state: usize, later: usize, table: usize, size: i32): void {
  const b = load<i32>(later);
  store<i32>(state, load<i32>(later, 4) ? b : join(op, load<i32>(state), b, table, size));
}
