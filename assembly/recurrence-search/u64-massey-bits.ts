// Berlekamp-Massey over GF(2), 64 coefficients to a word.

/**
 * The shortest linear recurrence of n bits.
 * @param bits word i >> 6 holds term i at bit i & 63
 * @param connection (n >> 6) + 2 words: C_j at bit j
 * @param work 3 ((n >> 6) + 2) words
 * @returns the linear complexity L
 */
export function u64_massey_bits(bits: usize, n: i32, connection: usize, work: usize): i32 {
  const bytes = <usize>((n >> 6) + 2) << 3;
  const recent = work;
  const previous = recent + bytes;
  const spare = previous + bytes;
  memory.fill(connection, 0, bytes);
  memory.fill(work, 0, 3 * bytes);
  store<u64>(connection, 1);
  store<u64>(previous, 1);
  let complexity = 0;
  for (let i = 0; i < n; i++) {
    const words = (i >> 6) + 2;
    let carry: u64 = (load<u64>(bits + (<usize>(i >> 6) << 3)) >> <u64>(i & 63)) & 1;
    let shifted: u64 = 0;
    let parity: u64 = 0;
    // One pass shifts the latest terms and x^m B up by a bit, and sums C_j s_(i-j).
    for (let w = 0; w < words; w++) {
      const at = <usize>w << 3;
      const r = load<u64>(recent + at);
      const now = (r << 1) | carry;
      carry = r >> 63;
      store<u64>(recent + at, now);
      const b = load<u64>(previous + at);
      store<u64>(previous + at, (b << 1) | shifted);
      shifted = b >> 63;
      parity ^= now & load<u64>(connection + at);
    }
    if ((popcnt(parity) & 1) == 0) continue;
    const grows = 2 * complexity <= i;
    if (grows) memory.copy(spare, connection, bytes);
    for (let w = 0; w < words; w++) {
      const at = <usize>w << 3;
      store<u64>(connection + at, load<u64>(connection + at) ^ load<u64>(previous + at));
    }
    if (!grows) continue;
    memory.copy(previous, spare, bytes);
    complexity = i + 1 - complexity;
  }
  return complexity;
}
