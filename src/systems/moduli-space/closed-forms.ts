/** Intersection numbers that have a formula: genus 0 and 1, one, two and three points. d is descending and of genus g. */
import { add, multiply, type Rational, rational } from "../../exact/rational.js";
import { binomial, factorial, oddDoubleFactorial } from "./amplitude.js";
import { divideBySum, type Polynomial, plus, sumPower, times } from "./polynomial.js";

/** (n - 3)! / (d1! ... dn!) */
export function genusZero(d: readonly number[]): Rational {
  return rational(
    factorial(d.length - 3),
    d.reduce((product, entry) => product * factorial(entry), 1n),
  );
}

/**
 * 24 <d>_1 = n!/d! - sum over b in {0,1}^n, |b| >= 2, of (|b| - 2)! (n - |b|)! / (d - b)!. The choices b differ only in how
 * many entries of each value they lower, so the sum is one over the coefficients of a product of polynomials.
 */
export function genusOne(d: readonly number[]): Rational {
  const n = d.length;
  const all = d.reduce((product, entry) => product * factorial(entry), 1n);
  // lowered[k]: sum over |b| = k of d!/(d - b)!, which is the product of the entries that b lowers.
  let lowered = [1n];
  for (const entry of d) {
    const next = [...lowered, 0n];
    for (const [k, value] of lowered.entries()) next[k + 1] = (next[k + 1] as bigint) + value * BigInt(entry);
    lowered = next;
  }
  let sum = factorial(n);
  for (let k = 2; k <= n; k++) sum -= factorial(k - 2) * factorial(n - k) * (lowered[k] as bigint);
  return rational(sum, 24n * all);
}

/** 1 / (24^g g!) */
export function onePoint(g: number): Rational {
  return rational(1n, 24n ** BigInt(g) * factorial(g));
}

/** The term k = 0: the coefficient of x^a y^(3g-1-a) in (x^3 + y^3)^g / (24^g g! (x + y)), divided as a series in x. */
export function twoPointLead(g: number, a: number): Rational {
  let signed = 0n;
  for (let i = 0; 3 * i <= a && i <= g; i++) signed += (a - 3 * i) % 2 === 0 ? binomial(g, i) : -binomial(g, i);
  return rational(signed, 24n ** BigInt(g) * factorial(g));
}

/**
 * The coefficient of x^a y^b in (x + y)^-1 exp((x^3 + y^3)/24) sum over k of k!/(2k+1)! (x y (x + y) / 2)^k (Dijkgraaf 1993).
 */
export function twoPoints(g: number, [a]: readonly [number, number]): Rational {
  let sum = twoPointLead(g, a);
  for (let k = 1; k <= g; k++) {
    let ways = 0n;
    for (let i = 0; i <= g - k; i++) ways += binomial(k - 1, a - k - 3 * i) * binomial(g - k, i);
    if (ways === 0n) continue;
    const below = (factorial(2 * k + 1) << BigInt(k)) * 24n ** BigInt(g - k) * factorial(g - k);
    sum = add(sum, rational(ways * factorial(k), below));
  }
  return sum;
}

/** S_r = ((xy)^r (x+y)^(r+1) + (yz)^r (y+z)^(r+1) + (zx)^r (z+x)^(r+1)) / (x + y + z) */
function symmetricSum(r: number): Polynomial {
  const pairs = [
    [0b011, `${r},${r},0`],
    [0b110, `0,${r},${r}`],
    [0b101, `${r},0,${r}`],
  ] as const;
  const terms = pairs.map(([mask, key]) => times(new Map([[key, rational(1n)]]), sumPower(3, mask, r + 1)));
  return divideBySum(3, 0b111, terms.reduce(plus));
}

/**
 * The coefficient of x^a y^b z^c in exp((x^3+y^3+z^3)/24) sum over r, s of r! S_r D^s / (2 4^r (2r+1)!! 8^s (r+s+1)!),
 * D = (x+y)(y+z)(z+x) (Zagier). The work grows with the fifth power of g.
 */
export function threePoints(g: number, d: readonly [number, number, number]): Rational {
  let sum = rational(0n);
  const delta = [0b011, 0b110, 0b101].map((mask) => sumPower(3, mask, 1)).reduce(times);
  let sums: Polynomial[] = Array.from({ length: g + 1 }, (_, r) => symmetricSum(r));
  for (let s = 0; s <= g; s++) {
    for (let r = 0; r + s <= g; r++) {
      const cubes = g - r - s;
      let ways = rational(0n);
      for (const [key, value] of sums[r] as Polynomial) {
        const left = key.split(",").map((exponent, i) => (d[i] as number) - Number(exponent));
        if (left.every((exponent) => exponent >= 0 && exponent % 3 === 0)) {
          const [i, j, k] = left.map((exponent) => exponent / 3) as [number, number, number];
          if (i + j + k === cubes)
            ways = add(ways, multiply(value, rational(1n, factorial(i) * factorial(j) * factorial(k))));
        }
      }
      const below = 2n * 4n ** BigInt(r) * oddDoubleFactorial(r) * 8n ** BigInt(s) * factorial(r + s + 1);
      sum = add(sum, multiply(ways, rational(factorial(r), below * 24n ** BigInt(cubes))));
    }
    sums = sums.slice(0, g - s).map((p) => times(p, delta));
  }
  return sum;
}

/** The name of the formula for these numbers, if there is one. */
export function closedForm(g: number, d: readonly number[]): (() => Rational) | undefined {
  if (g === 0) return () => genusZero(d);
  if (g === 1) return () => genusOne(d);
  const [a, b, c] = d as [number, number, number];
  if (d.length === 1) return () => onePoint(g);
  if (d.length === 2) return () => twoPoints(g, [a, b]);
  if (d.length === 3 && g <= 12) return () => threePoints(g, [a, b, c]);
  return undefined;
}
