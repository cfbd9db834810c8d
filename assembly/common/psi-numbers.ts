// Numbers of a table of intersection numbers: non-negative integers of a fixed count of 32-bit words, the lowest first, or,
// where that count is 0, one double. Products that do not fit raise the flag at `overflow`; nothing wraps unseen.

/** dst = factor a. */
export function scaleTo(words: i32, dst: usize, a: usize, factor: u32, overflow: usize): void {
  if (words == 0) {
    store<f64>(dst, load<f64>(a) * <f64>factor);
    return;
  }
  let carry: u64 = 0;
  for (let end = a + (<usize>words << 2); a < end; a += 4, dst += 4) {
    carry += <u64>load<u32>(a) * factor;
    store<u32>(dst, <u32>carry);
    carry >>= 32;
  }
  if (carry) store<i32>(overflow, 1);
}

/** sum += factor a 2^(32 shift). */
// @ts-ignore: decorator
@inline
function addShifted(words: i32, sum: usize, a: usize, factor: u32, shift: i32, overflow: usize): void {
  let carry: u64 = 0;
  let i = 0;
  for (; i < words - shift; i++) {
    const at = sum + (<usize>(i + shift) << 2);
    carry += <u64>load<u32>(a + (<usize>i << 2)) * factor + load<u32>(at);
    store<u32>(at, <u32>carry);
    carry >>= 32;
  }
  for (; i < words; i++) carry |= load<u32>(a + (<usize>i << 2));
  if (carry) store<i32>(overflow, 1);
}

/** sum += factor a. */
export function addScaled(words: i32, sum: usize, a: usize, factor: u64, overflow: usize): void {
  if (words == 0) {
    store<f64>(sum, load<f64>(sum) + load<f64>(a) * <f64>factor);
    return;
  }
  addShifted(words, sum, a, <u32>factor, 0, overflow);
  if (factor >> 32) addShifted(words, sum, a, <u32>(factor >> 32), 1, overflow);
}

/** Words up to the highest that is not 0. */
function used(words: i32, a: usize): i32 {
  while (words > 0 && load<u32>(a + (<usize>(words - 1) << 2)) == 0) words--;
  return words;
}

/** dst = a b; dst is neither of them. */
export function multiplyTo(words: i32, dst: usize, a: usize, b: usize, overflow: usize): void {
  if (words == 0) {
    store<f64>(dst, load<f64>(a) * load<f64>(b));
    return;
  }
  memory.fill(dst, 0, <usize>words << 2);
  const m = used(words, a), n = used(words, b);
  for (let i = 0; i < m; i++) {
    const factor = <u64>load<u32>(a + (<usize>i << 2));
    let carry: u64 = 0;
    let k = i;
    for (let j = 0; j < n; j++, k++) {
      if (k >= words) {
        store<i32>(overflow, 1);
        return;
      }
      const at = dst + (<usize>k << 2);
      carry += factor * load<u32>(b + (<usize>j << 2)) + load<u32>(at);
      store<u32>(at, <u32>carry);
      carry >>= 32;
    }
    if (carry) {
      if (k < words) store<u32>(dst + (<usize>k << 2), <u32>carry);
      else store<i32>(overflow, 1);
    }
  }
}
