// Copies between strided places: the one kernel under broadcast, slice, concat, stack, pad, split and transpose. Operand 0
// of the nest (common/nest.ts) is the source, 1 the destination. Source and destination do not overlap.

import { copyBytes } from "../common/copy";
import { advance, seek } from "../common/nest";

// @ts-ignore: decorator
@inline
function copyStrided<T>(src: usize, dst: usize, n: i32, srcStride: i32, dstStride: i32): void {
  for (; n > 0; n--) {
    store<T>(dst, load<T>(src));
    src += srcStride;
    dst += dstStride;
  }
}

/** Rows [row, row + rows) of n elements of `size` bytes; the inner strides are in bytes and may be 0 or negative. */
export function move(
  size: i32, nest: usize, state: usize, src: usize, dst: usize, row: i32, rows: i32, n: i32, srcStride: i32, dstStride: i32,
): void {
  const dense = srcStride == size && dstStride == size;
  seek(nest, state, row);
  for (; rows > 0; rows--) {
    const from = src + load<i32>(state);
    const to = dst + load<i32>(state, 4);
    if (dense) copyBytes(to, from, n * size);
    else if (size == 4) copyStrided<u32>(from, to, n, srcStride, dstStride);
    else if (size == 2) copyStrided<u16>(from, to, n, srcStride, dstStride);
    else if (size == 1) copyStrided<u8>(from, to, n, srcStride, dstStride);
    else copyStrided<u64>(from, to, n, srcStride, dstStride);
    advance(nest, state);
  }
}

/** Fills `bytes` bytes with the 8-byte pattern low, high. */
export function fill(dst: usize, bytes: i32, low: i32, high: i32): void {
  const pattern = i32x4(low, high, low, high);
  for (; bytes >= 16; bytes -= 16) {
    v128.store(dst, pattern);
    dst += 16;
  }
  if (bytes >= 8) {
    v128.store64_lane(dst, pattern, 0);
    dst += 8;
    bytes -= 8;
  }
  if (bytes >= 4) {
    store<i32>(dst, low);
    dst += 4;
    bytes -= 4;
  }
  for (; bytes > 0; bytes--) {
    store<u8>(dst++, low);
    low >>= 8;
  }
}
