// Rows of a table by index, and the way back. An index outside [0, extent) reads zeros and writes nothing.

import { copyBytes } from "../common/copy";

/** dst[o, i, :] = src[o, indices[i], :] for outer blocks of `extent` rows of `bytes` bytes, `count` indices. */
export function gather(src: usize, indices: usize, dst: usize, outer: i32, extent: i32, count: i32, bytes: i32): void {
  for (; outer > 0; outer--) {
    for (let i = 0; i < count; i++) {
      const index = load<u32>(indices + ((<usize>i) << 2));
      if (index < <u32>extent) copyBytes(dst, src + index * bytes, bytes);
      else memory.fill(dst, 0, bytes);
      dst += bytes;
    }
    src += extent * bytes;
  }
}

/** dst[o, indices[i], :] = src[o, i, :], in the order of i: of equal indices the last stays. */
export function scatter_set(src: usize, indices: usize, dst: usize, outer: i32, extent: i32, count: i32, bytes: i32): void {
  for (; outer > 0; outer--) {
    for (let i = 0; i < count; i++) {
      const index = load<u32>(indices + ((<usize>i) << 2));
      if (index < <u32>extent) copyBytes(dst + index * bytes, src, bytes);
      src += bytes;
    }
    dst += extent * bytes;
  }
}

// @ts-ignore: decorator
@inline
function addRow<T>(dst: usize, src: usize, n: i32): void {
  const lanes = <i32>(16 / sizeof<T>());
  for (; n >= lanes; n -= lanes) {
    v128.store(dst, v128.add<T>(v128.load(dst), v128.load(src)));
    dst += 16;
    src += 16;
  }
  for (; n > 0; n--) {
    store<T>(dst, load<T>(dst) + load<T>(src));
    dst += sizeof<T>();
    src += sizeof<T>();
  }
}

// @ts-ignore: decorator
@inline
function addRows<T>(src: usize, indices: usize, dst: usize, outer: i32, extent: i32, count: i32, inner: i32): void {
  const bytes = <usize>inner * sizeof<T>();
  for (; outer > 0; outer--) {
    for (let i = 0; i < count; i++) {
      const index = load<u32>(indices + ((<usize>i) << 2));
      if (index < <u32>extent) addRow<T>(dst + <usize>index * bytes, src, inner);
      src += bytes;
    }
    dst += <usize>extent * bytes;
  }
}

/** dst[o, indices[i], :] += src[o, i, :] for rows of `inner` elements, in the order of i. */
export function f32_scatter_add(src: usize, indices: usize, dst: usize, outer: i32, extent: i32, count: i32, inner: i32): void {
  addRows<f32>(src, indices, dst, outer, extent, count, inner);
}

export function f64_scatter_add(src: usize, indices: usize, dst: usize, outer: i32, extent: i32, count: i32, inner: i32): void {
  addRows<f64>(src, indices, dst, outer, extent, count, inner);
}

/** i32 and u32; sums wrap. */
export function i32_scatter_add(src: usize, indices: usize, dst: usize, outer: i32, extent: i32, count: i32, inner: i32): void {
  addRows<i32>(src, indices, dst, outer, extent, count, inner);
}
