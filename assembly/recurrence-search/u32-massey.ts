// Berlekamp-Massey for one sequence of residues modulo a prime below 2^31; the two inner loops run on vectors.
import { invertResidue, multiplyModulo } from "../common/residue";

/** Sum of a[i] b[i] modulo p. Four products of residues fit 64 bits; their halves are summed apart. */
function dot(a: usize, b: usize, n: i32, p: u32): u32 {
  const mask = i64x2.splat(0xffffffff);
  let low = i64x2.splat(0);
  let high = i64x2.splat(0);
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    const at = <usize>i << 2;
    const x0 = v128.load(a + at);
    const y0 = v128.load(b + at);
    const x1 = v128.load(a + at, 16);
    const y1 = v128.load(b + at, 16);
    const s0 = i64x2.add(i64x2.extmul_low_i32x4_u(x0, y0), i64x2.extmul_high_i32x4_u(x0, y0));
    const s1 = i64x2.add(i64x2.extmul_low_i32x4_u(x1, y1), i64x2.extmul_high_i32x4_u(x1, y1));
    const sum = i64x2.add(s0, s1);
    low = i64x2.add(low, v128.and(sum, mask));
    high = i64x2.add(high, i64x2.shr_u(sum, 32));
  }
  let lows: u64 = i64x2.extract_lane(low, 0) + i64x2.extract_lane(low, 1);
  let highs: u64 = i64x2.extract_lane(high, 0) + i64x2.extract_lane(high, 1);
  for (; i < n; i++) {
    const at = <usize>i << 2;
    const product = <u64>load<u32>(a + at) * <u64>load<u32>(b + at);
    lows += product & 0xffffffff;
    highs += product >> 32;
  }
  const q = <u64>p;
  return <u32>(((highs % q) * (0x100000000 % q) + (lows % q)) % q);
}

/** c[i] += w b[i] modulo p. The quotient of a fixed factor comes from its fraction of p (Shoup): no division in the loop. */
function addMultiple(c: usize, b: usize, n: i32, w: u32, p: u32): void {
  const fraction = <u32>((<u64>w << 32) / <u64>p);
  const fractions = i32x4.splat(fraction);
  const ws = i32x4.splat(w);
  const ps = i32x4.splat(p);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = <usize>i << 2;
    const x = v128.load(b + at);
    const low = i64x2.extmul_low_i32x4_u(x, fractions);
    const high = i64x2.extmul_high_i32x4_u(x, fractions);
    const quotient = v128.shuffle<i32>(low, high, 1, 3, 5, 7);
    let r = i32x4.sub(i32x4.mul(x, ws), i32x4.mul(quotient, ps));
    r = i32x4.min_u(r, i32x4.sub(r, ps));
    r = i32x4.add(r, v128.load(c + at));
    v128.store(c + at, i32x4.min_u(r, i32x4.sub(r, ps)));
  }
  for (; i < n; i++) {
    const at = <usize>i << 2;
    const r = multiplyModulo(load<u32>(b + at), w, p) + load<u32>(c + at);
    store<u32>(c + at, r >= p ? r - p : r);
  }
}

/**
 * The shortest linear recurrence of n residues modulo the prime p < 2^31.
 * @param connection n + 1 words: C_0 = 1, C_1, ..., of which those up to the result may be non-zero
 * @param work 3 (n + 1) words
 * @returns the linear complexity L
 */
export function u32_massey(src: usize, n: i32, p: u32, connection: usize, work: usize): i32 {
  const bytes = <usize>(n + 1) << 2;
  const reversed = work;
  let previous = work + bytes;
  let spare = previous + bytes;
  memory.fill(connection, 0, bytes);
  for (let i = 0; i < n; i++) store<u32>(reversed + (<usize>i << 2), load<u32>(src + (<usize>(n - 1 - i) << 2)));
  store<u32>(connection, 1);
  store<u32>(previous, 1);
  let previousLength = 1;
  let inverse: u32 = 1;
  let shift = 1;
  let complexity = 0;
  for (let i = 0; i < n; i++, shift++) {
    const d = dot(connection, reversed + (<usize>(n - 1 - i) << 2), complexity + 1, p);
    if (d == 0) continue;
    const w = p - multiplyModulo(d, inverse, p);
    const grows = 2 * complexity <= i;
    if (grows) memory.copy(spare, connection, <usize>(complexity + 1) << 2);
    addMultiple(connection + (<usize>shift << 2), previous, min(previousLength, n + 1 - shift), w, p);
    if (!grows) continue;
    const swapped = previous;
    previous = spare;
    spare = swapped;
    previousLength = complexity + 1;
    complexity = i + 1 - complexity;
    inverse = invertResidue(d, p);
    shift = 0;
  }
  return complexity;
}
