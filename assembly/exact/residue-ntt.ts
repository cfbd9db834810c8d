// The number-theoretic transform modulo p: X^N - 1 split again and again into X^m - c and X^m + c, natural order to bit-reversed
// and back. Block s of every layer has the same root, so one table serves all sizes:
//   table[s] = R times the product of the roots of order 2^(k+2) over the set bits k of s.
import { inverseOf, minus4, plus4, times4 } from "../common/residues";

// @ts-ignore: decorator
@inline
function storeTurned(a: usize, t0: v128, t1: v128, t2: v128, t3: v128): void {
  const s0 = v128.shuffle<i32>(t0, t1, 0, 4, 1, 5);
  const s1 = v128.shuffle<i32>(t0, t1, 2, 6, 3, 7);
  const s2 = v128.shuffle<i32>(t2, t3, 0, 4, 1, 5);
  const s3 = v128.shuffle<i32>(t2, t3, 2, 6, 3, 7);
  v128.store(a, v128.shuffle<i32>(s0, s2, 0, 1, 4, 5));
  v128.store(a, v128.shuffle<i32>(s0, s2, 2, 3, 6, 7), 16);
  v128.store(a, v128.shuffle<i32>(s1, s3, 0, 1, 4, 5), 32);
  v128.store(a, v128.shuffle<i32>(s1, s3, 2, 3, 6, 7), 48);
}

/** In place, N = 2^log >= 16 residues; table: N / 2 roots. */
export function residues_ntt(x: usize, log: i32, table: usize, p: u32): void {
  const pp = i32x4.splat(p);
  const inverse = i32x4.splat(inverseOf(p));
  const end = x + ((<usize>4) << log);
  for (let layer = 0; layer < log - 2; layer++) {
    const half = (<usize>4) << (log - 1 - layer);
    let root = table;
    for (let block = x; block < end; block += half << 1, root += 4) {
      const c = v128.load32_splat(root);
      for (let a = block, stop = block + half; a < stop; a += 16) {
        const u = v128.load(a);
        const v = times4(v128.load(a + half), c, pp, inverse);
        v128.store(a, plus4(u, v, pp));
        v128.store(a + half, minus4(u, v, pp));
      }
    }
  }
  // The last two layers stay within four neighbours: four quadruples at a time, turned so that a vector holds one of each.
  let outer = table;
  let inner = table;
  for (let a = x; a < end; a += 64, outer += 16, inner += 32) {
    const r0 = v128.load(a);
    const r1 = v128.load(a, 16);
    const r2 = v128.load(a, 32);
    const r3 = v128.load(a, 48);
    const s0 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
    const s1 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
    const s2 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
    const s3 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
    const t0 = v128.shuffle<i32>(s0, s2, 0, 1, 4, 5);
    const t1 = v128.shuffle<i32>(s0, s2, 2, 3, 6, 7);
    const t2 = v128.shuffle<i32>(s1, s3, 0, 1, 4, 5);
    const t3 = v128.shuffle<i32>(s1, s3, 2, 3, 6, 7);
    const c = v128.load(outer);
    const v2 = times4(t2, c, pp, inverse);
    const v3 = times4(t3, c, pp, inverse);
    const u0 = plus4(t0, v2, pp);
    const u1 = plus4(t1, v3, pp);
    const u2 = minus4(t0, v2, pp);
    const u3 = minus4(t1, v3, pp);
    const d = v128.load(inner);
    const e = v128.load(inner, 16);
    const w1 = times4(u1, v128.shuffle<i32>(d, e, 0, 2, 4, 6), pp, inverse);
    const w3 = times4(u3, v128.shuffle<i32>(d, e, 1, 3, 5, 7), pp, inverse);
    storeTurned(a, plus4(u0, w1, pp), minus4(u0, w1, pp), plus4(u2, w3, pp), minus4(u2, w3, pp));
  }
}

/** The way back, N times too large; table: the inverses of those roots. */
export function residues_ntt_inverse(x: usize, log: i32, table: usize, p: u32): void {
  const pp = i32x4.splat(p);
  const inverse = i32x4.splat(inverseOf(p));
  const end = x + ((<usize>4) << log);
  let outer = table;
  let inner = table;
  for (let a = x; a < end; a += 64, outer += 16, inner += 32) {
    const r0 = v128.load(a);
    const r1 = v128.load(a, 16);
    const r2 = v128.load(a, 32);
    const r3 = v128.load(a, 48);
    const s0 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
    const s1 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
    const s2 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
    const s3 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
    const t0 = v128.shuffle<i32>(s0, s2, 0, 1, 4, 5);
    const t1 = v128.shuffle<i32>(s0, s2, 2, 3, 6, 7);
    const t2 = v128.shuffle<i32>(s1, s3, 0, 1, 4, 5);
    const t3 = v128.shuffle<i32>(s1, s3, 2, 3, 6, 7);
    const d = v128.load(inner);
    const e = v128.load(inner, 16);
    const u0 = plus4(t0, t1, pp);
    const u1 = times4(minus4(t0, t1, pp), v128.shuffle<i32>(d, e, 0, 2, 4, 6), pp, inverse);
    const u2 = plus4(t2, t3, pp);
    const u3 = times4(minus4(t2, t3, pp), v128.shuffle<i32>(d, e, 1, 3, 5, 7), pp, inverse);
    const c = v128.load(outer);
    storeTurned(a, plus4(u0, u2, pp), plus4(u1, u3, pp), times4(minus4(u0, u2, pp), c, pp, inverse), times4(minus4(u1, u3, pp), c, pp, inverse));
  }
  for (let layer = log - 3; layer >= 0; layer--) {
    const half = (<usize>4) << (log - 1 - layer);
    let root = table;
    for (let block = x; block < end; block += half << 1, root += 4) {
      const c = v128.load32_splat(root);
      for (let a = block, stop = block + half; a < stop; a += 16) {
        const u = v128.load(a);
        const v = v128.load(a + half);
        v128.store(a, plus4(u, v, pp));
        v128.store(a + half, times4(minus4(u, v, pp), c, pp, inverse));
      }
    }
  }
}
