/**
 * The n-point function of Liu and Xu (2007): F_n = exp(sum x^3 / 24) sum over g of G_g(x), with G_g made from those of the
 * two sides of every splitting of the points. Slow, and independent of every other route: rational polynomials throughout.
 */
import { add, multiply, type Rational, rational } from "../../exact/rational.js";
import { factorial, oddDoubleFactorial } from "./amplitude.js";
import { twoPointLead } from "./closed-forms.js";
import { constant, divideBySum, type Polynomial, plus, scaled, sumPower, times } from "./polynomial.js";

/** (2m - 1)!! for m >= 0 */
function odd(m: number): bigint {
  return m === 0 ? 1n : oddDoubleFactorial(m - 1);
}

/** The functions G_g of sets of points, kept by bit mask; those of one and two points carry a denominator of their own. */
class Functions {
  readonly #known = new Map<string, Polynomial>();
  constructor(readonly n: number) {}

  /** (sum of the points)^2 G_g: a polynomial also for one point (1 in genus 0) and for two (their sum in genus 0). */
  squared(mask: number, g: number): Polynomial {
    const key = `${mask},${g}`;
    let value = this.#known.get(key);
    if (!value) {
      value = this.#squared(mask, g);
      this.#known.set(key, value);
    }
    return value;
  }

  #squared(mask: number, g: number): Polynomial {
    const n = bits(mask);
    if (n === 1) return g === 0 ? constant(this.n, rational(1n)) : new Map();
    if (n === 2 && g === 0) return sumPower(this.n, mask, 1);
    return times(sumPower(this.n, mask, 2), this.plain(mask, g));
  }

  /** G_g of two or more points; of two only for g >= 1. */
  plain(mask: number, g: number): Polynomial {
    const n = bits(mask);
    let sum: Polynomial = new Map();
    let delta = constant(this.n, rational(1n));
    for (let s = 0; s <= g; s++) {
      const r = g - s;
      // (2r + n - 3)!! / (4^s (2g + n - 1)!!): both odd or both even, the latter n - 1 even.
      const weight = rational(doubleFactorial(2 * r + n - 3), 4n ** BigInt(s) * doubleFactorial(2 * g + n - 1));
      if (!(n === 2 && r === 0)) sum = plus(sum, scaled(times(this.#p(mask, r), delta), weight));
      // P_0 of two points is 1 / (x + y), which a factor of D cancels.
      else if (s > 0) sum = plus(sum, scaled(divideBySum(this.n, mask, delta), weight));
      delta = times(delta, this.#delta(mask));
    }
    return sum;
  }

  /** ((sum x)^3 - sum x^3) / 3 */
  #delta(mask: number): Polynomial {
    let cubes: Polynomial = new Map();
    for (let i = 0; i < this.n; i++) {
      if (mask & (1 << i)) cubes = plus(cubes, new Map([[exponentsOf(this.n, i, 3), rational(-1n)]]));
    }
    return scaled(plus(sumPower(this.n, mask, 3), cubes), rational(1n, 3n));
  }

  /** P_r = 1 / (2 sum x) sum over splittings into I, J of (sum_I)^2 (sum_J)^2 sum of G_r'(I) G_(r-r')(J) */
  #p(mask: number, r: number): Polynomial {
    let sum: Polynomial = new Map();
    for (let left = (mask - 1) & mask; left > 0; left = (left - 1) & mask) {
      for (let t = 0; t <= r; t++) {
        const [x, y] = [this.squared(left, t), this.squared(mask ^ left, r - t)];
        if (x.size > 0 && y.size > 0) sum = plus(sum, times(x, y));
      }
    }
    return scaled(divideBySum(this.n, mask, sum), rational(1n, 2n));
  }
}

function bits(mask: number): number {
  let count = 0;
  for (let left = mask; left > 0; left &= left - 1) count++;
  return count;
}

/** m!! for m >= -1 */
function doubleFactorial(m: number): bigint {
  if (m <= 0) return 1n;
  if (m % 2 === 1) return odd((m + 1) / 2);
  return 2n ** BigInt(m / 2) * factorial(m / 2);
}

function exponentsOf(n: number, i: number, exponent: number): string {
  return Array.from({ length: n }, (_, j) => (j === i ? exponent : 0)).join();
}

/** <tau_d>_g of n >= 2 points, (g, n) stable. The work grows fast: meant for g + n up to about 8. */
export function nPointNumber(g: number, d: readonly number[]): Rational {
  const n = d.length;
  const functions = new Functions(n);
  const all = (1 << n) - 1;
  let sum = rational(0n);
  for (let h = 0; h <= g; h++) {
    if (n === 2 && h === 0) {
      sum = add(sum, twoPointLead(g, d[0] as number));
      continue;
    }
    const cubes = g - h;
    for (const [key, value] of functions.plain(all, h)) {
      const left = key.split(",").map((exponent, i) => (d[i] as number) - Number(exponent));
      if (left.some((exponent) => exponent < 0 || exponent % 3 !== 0)) continue;
      const below = left.reduce((product, exponent) => product * factorial(exponent / 3), 24n ** BigInt(cubes));
      sum = add(sum, multiply(value, rational(1n, below)));
    }
  }
  return sum;
}
