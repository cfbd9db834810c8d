// From residues modulo three primes between 2^30 and 2^31 to the number itself modulo p (Garner).
import { inverseOf, lifted, minus4, plus4, times4 } from "../common/residues";

/** x modulo p, where x < 2 p. */
// @ts-ignore: decorator
@inline
function below(x: v128, pp: v128): v128 {
  return i32x4.min_u(x, i32x4.sub(x, pp));
}

/**
 * a, b, c: n residues (a multiple of 4) modulo p1, p2, p3 of numbers below p1 p2 p3; dst[i] = c1 times that number, modulo an odd p.
 * b12 = 1/p1 mod p2; c12 = 1/(p1 p2) mod p3. dst may be a.
 */
export function residues_garner(a: usize, b: usize, c: usize, dst: usize, n: i32, p1: u32, p2: u32, p3: u32, b12: u32, c12: u32, p: u32): void {
  const pp = i32x4.splat(p);
  const i = i32x4.splat(inverseOf(p));
  const q2 = i32x4.splat(p2);
  const i2 = i32x4.splat(inverseOf(p2));
  const q3 = i32x4.splat(p3);
  const i3 = i32x4.splat(inverseOf(p3));
  const byP1 = i32x4.splat(lifted(b12, p2));
  const byP1P2 = i32x4.splat(lifted(c12, p3));
  const p1In3 = i32x4.splat(lifted(p1 % p3, p3));
  const one = i32x4.splat(lifted(1 % p, p));
  const p1InP = i32x4.splat(lifted(p1 % p, p));
  const p1p2InP = i32x4.splat(lifted(<u32>((<u64>(p1 % p) * <u64>(p2 % p)) % <u64>p), p));
  for (const end = a + (<usize>n << 2); a < end; a += 16, b += 16, c += 16, dst += 16) {
    const x = v128.load(a);
    // The number is x + y p1 + z p1 p2.
    const y = times4(minus4(v128.load(b), below(x, q2), q2), byP1, q2, i2);
    const known = plus4(below(x, q3), times4(y, p1In3, q3, i3), q3);
    const z = times4(minus4(v128.load(c), known, q3), byP1P2, q3, i3);
    const low = plus4(times4(x, one, pp, i), times4(y, p1InP, pp, i), pp);
    v128.store(dst, plus4(low, times4(z, p1p2InP, pp, i), pp));
  }
}
