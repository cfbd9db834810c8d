// Polynomials over the integers modulo an odd prime p < 2^31, coefficients from the constant one up; schoolbook methods.
import { addMultiple, sumOfProducts, times } from "../common/residues";

/** dst[0 .. na + nb - 1) = a b; space: nb words, apart from all others. */
export function residues_convolve(a: usize, na: i32, b: usize, nb: i32, dst: usize, space: usize, p: u32): void {
  for (let i = 0; i < nb; i++) store<u32>(space + (i << 2), load<u32>(b + ((nb - 1 - i) << 2)));
  for (let k = 0; k < na + nb - 1; k++) {
    const first = max<i32>(0, k - nb + 1);
    const n = min<i32>(na - 1, k) - first + 1;
    store<u32>(dst + (k << 2), sumOfProducts(a + (first << 2), space + ((nb - 1 - k + first) << 2), n, p));
  }
}

/** a becomes a mod b, the quotient goes to q (na - nb + 1 words, na >= nb >= 1); inverse: of b's leading coefficient. */
export function residues_divide(a: usize, na: i32, b: usize, nb: i32, inverse: u32, q: usize, p: u32): void {
  for (let k = na - nb; k >= 0; k--) {
    const t = times(load<u32>(a + ((k + nb - 1) << 2)), inverse, p);
    store<u32>(q + (k << 2), t);
    if (t) addMultiple(a + (k << 2), b, p - t, nb, p);
  }
}

/** 1/a modulo the prime p. */
function inverse(a: u32, p: u32): u32 {
  let x = p;
  let y = a;
  let s: i64 = 0;
  let t: i64 = 1;
  while (y > 1) {
    const q = x / y;
    const r = x - q * y;
    x = y;
    y = r;
    const u = s - <i64>q * t;
    s = t;
    t = u;
  }
  return <u32>(t < 0 ? t + p : t);
}

// @ts-ignore: decorator
@inline
function used(a: usize, n: i32): i32 {
  while (n > 0 && load<u32>(a + ((n - 1) << 2)) == 0) n--;
  return n;
}

/**
 * Euclid's algorithm on (a, b), deg a > deg b, until deg b < m: at the end rows[0] (A, B) = a and rows[1] (A, B) = b for the A and B
 * of the beginning.
 * a: na words, the last not 0; b: na words, spare ones 0; rows: [2][2][c] words, c >= na - m + 1. They trade places step by step:
 * after an odd number of steps a lies where b did, and the rows likewise. info: i32 odd, i32 length of a, i32 length of b.
 */
export function residues_euclid(a: usize, na: i32, b: usize, m: i32, rows: usize, c: i32, p: u32, info: usize): void {
  const width = <usize>c << 2;
  let u = rows;
  let v = rows + (width << 1);
  memory.fill(rows, 0, width << 2);
  store<u32>(u, 1);
  store<u32>(v + width, 1);
  let nu = 1;
  let nv = 1;
  let nb = used(b, na - 1);
  let odd = 0;
  while (nb > m) {
    const by = inverse(load<u32>(b + ((nb - 1) << 2)), p);
    for (let k = na - nb; k >= 0; k--) {
      const t = times(load<u32>(a + ((k + nb - 1) << 2)), by, p);
      if (t == 0) continue;
      addMultiple(a + (k << 2), b, p - t, nb, p);
      nu = max<i32>(nu, nv + k);
      addMultiple(u + (k << 2), v, p - t, nv, p);
      addMultiple(u + width + (k << 2), v + width, p - t, nv, p);
    }
    const left = used(a, nb - 1);
    let swap = a;
    a = b;
    b = swap;
    swap = u;
    u = v;
    v = swap;
    const grown = nu;
    nu = nv;
    nv = grown;
    na = nb;
    nb = left;
    odd ^= 1;
  }
  store<i32>(info, odd);
  store<i32>(info, na, 4);
  store<i32>(info, nb, 8);
}

/** The value at x (Horner). */
export function residues_evaluate(a: usize, n: i32, x: u32, p: u32): u32 {
  let sum: u32 = 0;
  for (let i = n - 1; i >= 0; i--) sum = <u32>((<u64>sum * <u64>x + <u64>load<u32>(a + (i << 2))) % <u64>p);
  return sum;
}

/** dst = 1/a one by one, by one inversion; dst apart from a. @returns 0, or 1 when a zero is among them (dst is then undefined) */
export function residues_invert(a: usize, dst: usize, n: i32, p: u32): i32 {
  let product: u32 = 1;
  for (let i = 0; i < n; i++) {
    store<u32>(dst + (i << 2), product);
    product = times(product, load<u32>(a + (i << 2)), p);
  }
  if (product == 0) return 1;
  let rest = inverse(product, p);
  for (let i = n - 1; i >= 0; i--) {
    store<u32>(dst + (i << 2), times(load<u32>(dst + (i << 2)), rest, p));
    rest = times(rest, load<u32>(a + (i << 2)), p);
  }
  return 0;
}
