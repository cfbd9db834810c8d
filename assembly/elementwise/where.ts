// dst = condition ? a : b under broadcasting, for elements of any size. Operand 0 of the nest is the condition (u8, true
// where not 0), 1 and 2 are a and b; otherwise called like the kernels of binary.ts.

import { SLOT_0, SLOT_1, advance, seek, splatInto } from "../common/nest";

/** The conditions of the 16 / sizeof<T>() elements from c on, as a mask of 16 bytes. */
// @ts-ignore: decorator
@inline
function maskOf<T>(c: usize): v128 {
  let bytes: v128;
  if (sizeof<T>() == 1) bytes = v128.load(c);
  else if (sizeof<T>() == 2) {
    const eight = v128.load64_zero(c);
    bytes = i8x16.shuffle(eight, eight, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
  } else if (sizeof<T>() == 4) {
    const four = v128.load32_zero(c);
    bytes = i8x16.shuffle(four, four, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
  } else {
    const two = v128.load16_splat(c);
    bytes = i8x16.shuffle(two, two, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
  }
  return i8x16.ne(bytes, i8x16.splat(0));
}

// @ts-ignore: decorator
@inline
function select<T>(
  nest: usize, state: usize, c: usize, a: usize, b: usize, dst: usize, row: i32, rows: i32, n: i32, cStep: i32, aStep: i32, bStep: i32,
): void {
  const lanes = 16 / sizeof<T>();
  const aBytes = aStep ? sizeof<T>() : 0;
  const bBytes = bStep ? sizeof<T>() : 0;
  seek(nest, state, row);
  for (; rows > 0; rows--) {
    let pc = c + load<i32>(state);
    let pa = a + load<i32>(state, 4);
    let pb = b + load<i32>(state, 8);
    if (!aStep) pa = splatInto<T>(state + SLOT_0, pa);
    if (!bStep) pb = splatInto<T>(state + SLOT_1, pb);
    const fixed = i8x16.ne(i8x16.splat(load<u8>(pc)), i8x16.splat(0));
    let left = n;
    for (; left >= <i32>lanes; left -= <i32>lanes) {
      const mask = cStep ? maskOf<T>(pc) : fixed;
      v128.store(dst, v128.bitselect(v128.load(pa), v128.load(pb), mask));
      if (cStep) pc += lanes;
      pa += aBytes * lanes;
      pb += bBytes * lanes;
      dst += 16;
    }
    for (; left > 0; left--) {
      store<T>(dst, load<u8>(pc) ? load<T>(pa) : load<T>(pb));
      pc += cStep;
      pa += aBytes;
      pb += bBytes;
      dst += sizeof<T>();
    }
    advance(nest, state);
  }
}

/** `size` is the element's size: 1, 2, 4 or 8 bytes. */
export function where(
  size: i32, nest: usize, state: usize, c: usize, a: usize, b: usize, dst: usize, row: i32, rows: i32, n: i32, cStep: i32, aStep: i32, bStep: i32,
): void {
  if (size == 4) select<u32>(nest, state, c, a, b, dst, row, rows, n, cStep, aStep, bStep);
  else if (size == 2) select<u16>(nest, state, c, a, b, dst, row, rows, n, cStep, aStep, bStep);
  else if (size == 1) select<u8>(nest, state, c, a, b, dst, row, rows, n, cStep, aStep, bStep);
  else select<u64>(nest, state, c, a, b, dst, row, rows, n, cStep, aStep, bStep);
}
