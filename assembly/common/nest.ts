// Walks a nest of loops over up to four operands at once, one inner run ("row") after the other. The host collapses shapes
// and writes the nest; a kernel owns one state per call.
//
//   nest:   [ rank, -, -, - ] then per loop, innermost first: [ extent, -, -, - ][ stride of operand 0, 1, 2, 3 in bytes ]
//   state:  [ offset of operand 0, 1, 2, 3 ][ counters, 8 x i32 ][ 16 unused bytes ][ slot 0, 32 bytes ][ slot 1, 32 bytes ]
//
// A slot holds a splatted element: an operand that stands still during a row is read from there with step 0, so that
// scalars and vectors share one loop.

export const SLOT_0: usize = 64;
export const SLOT_1: usize = 96;

/** Places the state at the start of a row, counted in row-major order. */
export function seek(nest: usize, state: usize, row: i32): void {
  let offsets = i32x4.splat(0);
  let loop = nest + 16;
  for (let d = load<i32>(nest), counter = state; d > 0; d--) {
    const extent = load<u32>(loop);
    const at = <i32>(<u32>row % extent);
    row = <i32>(<u32>row / extent);
    store<i32>(counter, at, 16);
    offsets = i32x4.add(offsets, i32x4.mul(i32x4.splat(at), v128.load(loop, 16)));
    counter += 4;
    loop += 32;
  }
  v128.store(state, offsets);
}

/** Steps to the next row. */
export function advance(nest: usize, state: usize): void {
  let offsets = v128.load(state);
  let loop = nest + 16;
  for (let d = load<i32>(nest), counter = state; d > 0; d--) {
    const extent = load<i32>(loop);
    const strides = v128.load(loop, 16);
    const at = load<i32>(counter, 16) + 1;
    offsets = i32x4.add(offsets, strides);
    if (at < extent) {
      store<i32>(counter, at, 16);
      break;
    }
    store<i32>(counter, 0, 16);
    offsets = i32x4.sub(offsets, i32x4.mul(i32x4.splat(extent), strides));
    counter += 4;
    loop += 32;
  }
  v128.store(state, offsets);
}

/** Fills a slot with copies of one element and returns it. */
// @ts-ignore: decorator
@inline
export function splatInto<T>(slot: usize, src: usize): usize {
  const value = v128.splat<T>(load<T>(src));
  v128.store(slot, value);
  v128.store(slot, value, 16);
  return slot;
}
