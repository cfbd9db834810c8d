// Storage types by the numbers of cast/widen.ts: 0 f16, 1 bf16, 2 e4m3, 3 e5m2, 4 i8, 5 u8, 6 i32, 7 u32, 8 f32.

export const F32: i32 = 8;

/** log2 of an element's bytes. */
// @ts-ignore: decorator
@inline
export function storageShift(type: i32): usize {
  return type < 2 ? 1 : type < 6 ? 0 : 2;
}
