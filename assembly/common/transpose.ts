// 4x4 transposes of f32, the step between row-major storage and packed panels.

/** Reads 4 rows `step` bytes apart, 4 elements each, and writes them column by column, `outStep` bytes apart. */
// @ts-ignore: decorator
@inline
export function transpose4x4(src: usize, step: usize, dst: usize, outStep: usize): void {
  const r0 = v128.load(src), r1 = v128.load(src + step);
  const r2 = v128.load(src + 2 * step), r3 = v128.load(src + 3 * step);
  const t0 = i32x4.shuffle(r0, r1, 0, 4, 1, 5), t1 = i32x4.shuffle(r0, r1, 2, 6, 3, 7);
  const t2 = i32x4.shuffle(r2, r3, 0, 4, 1, 5), t3 = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
  v128.store(dst, i64x2.shuffle(t0, t2, 0, 2));
  v128.store(dst + outStep, i64x2.shuffle(t0, t2, 1, 3));
  v128.store(dst + 2 * outStep, i64x2.shuffle(t1, t3, 0, 2));
  v128.store(dst + 3 * outStep, i64x2.shuffle(t1, t3, 1, 3));
}
