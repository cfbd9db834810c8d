/**
 * Amplitudes: F_g[d] = (2 d1 + 1)!! ... (2 dn + 1)!! <tau_d>_g, and G_g[d] = 2^(4g-1) F_g[d] (F itself in genus 0), which is a
 * positive integer. The recursions run over G, by additions and products alone.
 */
import { type Rational, rational } from "../../exact/rational.js";

const doubleFactorials: bigint[] = [1n];

/** (2d + 1)!! = 1 3 5 ... (2d + 1) */
export function oddDoubleFactorial(d: number): bigint {
  for (let i = doubleFactorials.length; i <= d; i++) {
    doubleFactorials.push((doubleFactorials[i - 1] as bigint) * BigInt(2 * i + 1));
  }
  return doubleFactorials[d] as bigint;
}

/** The power of 2 in G: 4g - 1, and 0 in genus 0. */
export function scaleBits(g: number): number {
  return g === 0 ? 0 : 4 * g - 1;
}

/** (2 d1 + 1)!! ... (2 dn + 1)!! */
export function amplitudeFactor(d: readonly number[]): bigint {
  return d.reduce((product, entry) => product * oddDoubleFactorial(entry), 1n);
}

export function fromScaled(scaled: bigint, g: number, d: readonly number[]): Rational {
  return rational(scaled, amplitudeFactor(d) << BigInt(scaleBits(g)));
}

/** F[1, X] = dilaton F[X] for n points X; the start of genus 1, F_1[1], is asked for with n = 0. */
export function dilaton(g: number, n: number): bigint {
  return g === 1 && n === 0 ? 1n : BigInt(3 * (2 * g - 2 + n));
}

const factorials: bigint[] = [1n];

export function factorial(n: number): bigint {
  for (let i = factorials.length; i <= n; i++) factorials.push((factorials[i - 1] as bigint) * BigInt(i));
  return factorials[n] as bigint;
}

export function binomial(n: number, k: number): bigint {
  return k < 0 || k > n ? 0n : factorial(n) / (factorial(k) * factorial(n - k));
}

/** log2 of the leading form of G in large genus, 2^(4g-1) (6g - 5 + 2n)!! / (24^g g!) (Aggarwal 2021). */
export function leadingBits(g: number, n: number): number {
  let bits = scaleBits(g);
  for (let odd = 6 * g - 5 + 2 * n; odd > 1; odd -= 2) bits += Math.log2(odd);
  for (let i = 1; i <= g; i++) bits -= Math.log2(24 * i);
  return bits;
}
