// Berlekamp-Massey for many sequences at once: one in each of four lanes, without a branch that lanes could differ in.
import { invertResidue, multiplyModulo, negatedInverse, reduceLanes } from "../common/residue";

/** The largest of four lanes. */
function largest(lanes: v128): i32 {
  const half = i32x4.max_s(lanes, v128.shuffle<i32>(lanes, lanes, 2, 3, 0, 1));
  return i32x4.extract_lane(i32x4.max_s(half, v128.shuffle<i32>(half, half, 1, 0, 3, 2)), 0);
}

/**
 * Sum over j = 0..degree of c[j] s[-j] / 2^32 modulo p in each lane. Four products of residues fit 64 bits; the halves of such
 * sums are added up apart and reduced once.
 */
function discrepancy(c: usize, s: usize, degree: i32, p: v128, negated: v128, square: v128): v128 {
  const mask = i64x2.splat(0xffffffff);
  let low01 = i64x2.splat(0);
  let low23 = low01;
  let high01 = low01;
  let high23 = low01;
  for (let j = 0; j <= degree; j += 4) {
    let x = v128.load(c);
    let y = v128.load(s);
    let sum01 = i64x2.extmul_low_i32x4_u(x, y);
    let sum23 = i64x2.extmul_high_i32x4_u(x, y);
    const more = min(degree - j, 3);
    for (let k = 1; k <= more; k++) {
      x = v128.load(c + (<usize>k << 4));
      y = v128.load(s - (<usize>k << 4));
      sum01 = i64x2.add(sum01, i64x2.extmul_low_i32x4_u(x, y));
      sum23 = i64x2.add(sum23, i64x2.extmul_high_i32x4_u(x, y));
    }
    low01 = i64x2.add(low01, v128.and(sum01, mask));
    low23 = i64x2.add(low23, v128.and(sum23, mask));
    high01 = i64x2.add(high01, i64x2.shr_u(sum01, 32));
    high23 = i64x2.add(high23, i64x2.shr_u(sum23, 32));
    c += 64;
    s -= 64;
  }
  const low = reduceLanes(low01, low23, p, negated);
  // high / 2^32, times 2^64 / 2^32.
  const scaled = reduceLanes(high01, high23, p, negated);
  const high = reduceLanes(
    i64x2.extmul_low_i32x4_u(scaled, square),
    i64x2.extmul_high_i32x4_u(scaled, square),
    p,
    negated,
  );
  const sum = i32x4.add(low, high);
  return i32x4.min_u(sum, i32x4.sub(sum, p));
}

/**
 * Shortest linear recurrences of 4 groups sequences of n residues modulo the prime p, n < 2^16 < p < 2^31.
 *
 * Without inverses: C becomes b C - d x^m B, and the scale of C is taken out at the end. Everything is divided by 2^32 at
 * every product, alike in all of b, C, d, B, so that nothing has to be brought into Montgomery's form.
 *
 * A lane whose complexity passes `limit` is left alone, and a group ends with its last lane.
 * @param src [groups, n, 4] words
 * @param limit largest complexity of interest, <= n
 * @param out [groups, limit + 2, 4] words: L (or limit + 1 when it is larger), then C_0 = 1, ..., C_limit
 * @param work 16 (3 n + 8) bytes
 */
export function u32_massey_lanes(
  src: usize,
  n: i32,
  modulus: u32,
  limit: i32,
  groups: i32,
  out: usize,
  work: usize,
): void {
  const p = i32x4.splat(modulus);
  const negated = i32x4.splat(negatedInverse(modulus));
  const q = <u64>modulus;
  const r32: u64 = 0x100000000 % q;
  const square = i32x4.splat(<u32>((r32 * r32) % q));
  const unit = reduceLanes(i64x2.splat(1), i64x2.splat(1), p, negated);
  const space = <usize>(n + 4) << 4;
  const bytes = space + (<usize>(2 * n + 4) << 4);
  for (let g = 0; g < groups; g++) {
    const terms = src + ((<usize>g * n) << 4);
    const result = out + ((<usize>g * (limit + 2)) << 4);
    memory.fill(work, 0, bytes);
    const connection = work;
    let previous = work + space + (<usize>(n + 1) << 4);
    v128.store(connection, i32x4.splat(1));
    v128.store(previous, i32x4.splat(1));
    let complexity = i32x4.splat(0);
    let scale = unit;
    let alive = i32x4.splat(-1);
    let degree = 0;
    for (let i = 0; i < n; i++) {
      previous -= 16;
      const at = terms + (<usize>i << 4);
      const d = discrepancy(connection, at, degree, p, negated, square);
      const wrong = v128.and(alive, i32x4.ne(d, i32x4.splat(0)));
      if (!v128.any_true(wrong)) continue;
      const grows = v128.and(wrong, i32x4.le_s(i32x4.shl(complexity, 1), i32x4.splat(i)));
      complexity = v128.bitselect(i32x4.sub(i32x4.splat(i + 1), complexity), complexity, grows);
      const last = largest(v128.and(complexity, wrong));
      const minus = i32x4.sub(p, d);
      for (let j = 0; j <= last; j++) {
        const offset = <usize>j << 4;
        const c = v128.load(connection + offset);
        const b = v128.load(previous + offset);
        const low = i64x2.add(i64x2.extmul_low_i32x4_u(c, scale), i64x2.extmul_low_i32x4_u(b, minus));
        const high = i64x2.add(i64x2.extmul_high_i32x4_u(c, scale), i64x2.extmul_high_i32x4_u(b, minus));
        v128.store(connection + offset, v128.bitselect(reduceLanes(low, high, p, negated), c, wrong));
        v128.store(previous + offset, v128.bitselect(c, b, grows));
      }
      scale = v128.bitselect(d, scale, grows);
      alive = v128.and(alive, i32x4.le_s(complexity, i32x4.splat(limit)));
      if (!v128.any_true(alive)) break;
      degree = largest(v128.and(complexity, alive));
    }
    v128.store(result, i32x4.min_s(complexity, i32x4.splat(limit + 1)));
    for (let lane = 0; lane < 4; lane++) finish(result + (<usize>lane << 2), connection + (<usize>lane << 2), limit, modulus);
  }
}

/** Divides a lane's polynomial by its constant term. */
function finish(result: usize, connection: usize, limit: i32, p: u32): void {
  const complexity = load<i32>(result);
  if (complexity > limit) return;
  const inverse = invertResidue(load<u32>(connection), p);
  for (let j = 0; j <= limit; j++) {
    const c = j <= complexity ? multiplyModulo(load<u32>(connection + (<usize>j << 4)), inverse, p) : 0;
    store<u32>(result + (<usize>(j + 1) << 4), c);
  }
}
