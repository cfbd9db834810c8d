// Codes of a finite monoid, before they are used as indices of its table.

/** The first of n codes of 1 or 4 bytes that is not below `size`; -1 when all are. */
export function scan_first_outside(src: usize, bytes: i32, n: i32, size: i32): i32 {
  for (let i: usize = 0; i < <usize>n; i++) {
    const code = bytes == 1 ? <u32>load<u8>(src + i) : load<u32>(src + (i << 2));
    if (code >= <u32>size) return <i32>i;
  }
  return -1;
}
