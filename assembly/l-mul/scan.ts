// What an operand holds, before a product is made of it.

/** How many of n words have a magnitude (the bits of `mask`) below `smallest`: zeros and subnormal numbers. */
export function lmul_count_below(src: usize, n: i32, mask: i32, smallest: i32): i32 {
  const bits = i32x4.splat(mask), least = i32x4.splat(smallest);
  let counts = i32x4.splat(0), i = 0;
  // A comparison that holds is -1 in its lane.
  for (; i <= n - 4; i += 4, src += 16) counts = i32x4.sub(counts, i32x4.lt_s(v128.and(v128.load(src), bits), least));
  let count = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1);
  count += i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3);
  for (; i < n; i++, src += 4) count += i32((load<i32>(src) & mask) < smallest);
  return count;
}
