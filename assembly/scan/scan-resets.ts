// Flags of where segments begin, as the scans read them: a byte per element, not 0 where a scan in its direction begins anew.

/**
 * dst[o][t][i], from flags of 1 or 4 bytes: those of src[o][t][i], or of the row after it when the scan is reversed, which
 * begins anew on leaving a segment through its first element. Nothing comes before a scan's first step, so it has no flag.
 */
export function scan_resets(src: usize, bytes: i32, reversed: i32, dst: usize, outer: i32, n: i32, inner: i32): void {
  const line = n * inner;
  for (; outer > 0; outer--) {
    for (let i = 0; i < line; i++) {
      const k: usize = reversed ? i + inner : i;
      let flag = false;
      if (reversed ? k < <usize>line : i >= inner) flag = bytes == 1 ? load<u8>(src + k) != 0 : load<i32>(src + (k << 2)) != 0;
      store<u8>(dst + i, <u8>flag);
    }
    src += <usize>line * bytes;
    dst += line;
  }
}
