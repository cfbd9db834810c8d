// Vectors of residues modulo an odd p < 2^31, one u32 in [0, p) each. dst may be one of the operands.
import { addMultiple, inverseOf, lifted, minus, minus4, plus, plus4, squareOfR, sumOfProducts, times, times4 } from "../common/residues";

/** dst = a + b. */
export function residues_add(a: usize, b: usize, dst: usize, n: i32, p: u32): void {
  const pp = i32x4.splat(p);
  const end = a + (<usize>n << 2);
  for (; a + 16 <= end; a += 16, b += 16, dst += 16) v128.store(dst, plus4(v128.load(a), v128.load(b), pp));
  for (; a < end; a += 4, b += 4, dst += 4) store<u32>(dst, plus(load<u32>(a), load<u32>(b), p));
}

/** dst = a - b. */
export function residues_sub(a: usize, b: usize, dst: usize, n: i32, p: u32): void {
  const pp = i32x4.splat(p);
  const end = a + (<usize>n << 2);
  for (; a + 16 <= end; a += 16, b += 16, dst += 16) v128.store(dst, minus4(v128.load(a), v128.load(b), pp));
  for (; a < end; a += 4, b += 4, dst += 4) store<u32>(dst, minus(load<u32>(a), load<u32>(b), p));
}

/** dst = c a b. */
export function residues_mul(a: usize, b: usize, c: u32, dst: usize, n: i32, p: u32): void {
  const pp = i32x4.splat(p);
  const inverse = i32x4.splat(inverseOf(p));
  const factor = i32x4.splat(times(squareOfR(p), c, p));
  const end = a + (<usize>n << 2);
  for (; a + 16 <= end; a += 16, b += 16, dst += 16) {
    v128.store(dst, times4(times4(v128.load(a), v128.load(b), pp, inverse), factor, pp, inverse));
  }
  for (; a < end; a += 4, b += 4, dst += 4) store<u32>(dst, times(times(load<u32>(a), load<u32>(b), p), c, p));
}

/** dst = c a; a may be any 32 bits, so that c = 1 reduces. */
export function residues_scale(a: usize, c: u32, dst: usize, n: i32, p: u32): void {
  const pp = i32x4.splat(p);
  const inverse = i32x4.splat(inverseOf(p));
  const factor = i32x4.splat(lifted(c, p));
  const end = a + (<usize>n << 2);
  for (; a + 16 <= end; a += 16, dst += 16) v128.store(dst, times4(v128.load(a), factor, pp, inverse));
  for (; a < end; a += 4, dst += 4) store<u32>(dst, times(load<u32>(a), c, p));
}

/** dst = dst + c a. */
export function residues_axpy(c: u32, a: usize, dst: usize, n: i32, p: u32): void {
  addMultiple(dst, a, c, n, p);
}

/** sum of a[i] b[i]. */
export function residues_dot(a: usize, b: usize, n: i32, p: u32): u32 {
  return sumOfProducts(a, b, n, p);
}
