// Copies of runs that are often short: memory.copy leaves the compiled code, which costs more than a few loads.

/** dst[0, n) = src[0, n) in bytes; the ranges do not overlap. */
export function copyBytes(dst: usize, src: usize, n: i32): void {
  if (n >= 512) {
    memory.copy(dst, src, n);
    return;
  }
  for (; n >= 16; n -= 16) {
    v128.store(dst, v128.load(src));
    src += 16;
    dst += 16;
  }
  for (; n >= 4; n -= 4) {
    store<u32>(dst, load<u32>(src));
    src += 4;
    dst += 4;
  }
  for (; n > 0; n--) store<u8>(dst++, load<u8>(src++));
}
