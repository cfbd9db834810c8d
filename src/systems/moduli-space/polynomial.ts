/** Rational polynomials in n variables, coefficient by exponents joined with commas: small, slow and plain. */
import { add, multiply, type Rational, rational } from "../../exact/rational.js";

export type Polynomial = Map<string, Rational>;

export function constant(n: number, value: Rational): Polynomial {
  return new Map([[new Array<number>(n).fill(0).join(), value]]);
}

function accumulate(p: Polynomial, key: string, value: Rational): void {
  const sum = p.has(key) ? add(p.get(key) as Rational, value) : value;
  if (sum.num === 0n) p.delete(key);
  else p.set(key, sum);
}

export function plus(p: Polynomial, q: Polynomial): Polynomial {
  const sum = new Map(p);
  for (const [key, value] of q) accumulate(sum, key, value);
  return sum;
}

export function scaled(p: Polynomial, factor: Rational): Polynomial {
  return new Map([...p].map(([key, value]) => [key, multiply(value, factor)]));
}

export function times(p: Polynomial, q: Polynomial): Polynomial {
  const product: Polynomial = new Map();
  const right = [...q].map(([key, value]) => [key.split(",").map(Number), value] as const);
  for (const [key, x] of p) {
    const left = key.split(",").map(Number);
    for (const [exponents, y] of right) {
      accumulate(product, left.map((e, i) => e + (exponents[i] as number)).join(), multiply(x, y));
    }
  }
  return product;
}

/** The power of the sum of the variables in `mask`. */
export function sumPower(n: number, mask: number, power: number): Polynomial {
  const sum: Polynomial = new Map();
  for (let i = 0; i < n; i++) {
    if (mask & (1 << i)) sum.set(Array.from({ length: n }, (_, j) => Number(i === j)).join(), rational(1n));
  }
  let result = constant(n, rational(1n));
  for (let i = 0; i < power; i++) result = times(result, sum);
  return result;
}

/** p divided by the sum of the variables in `mask`, which divides it. */
export function divideBySum(n: number, mask: number, p: Polynomial): Polynomial {
  // By the last variable: its highest power leads, and each term of the quotient takes its product with the sum away.
  const main = 31 - Math.clz32(mask);
  const others = Array.from({ length: n }, (_, i) => i).filter((i) => i !== main && mask & (1 << i));
  const left = new Map(p);
  const quotient: Polynomial = new Map();
  const degree = Math.max(0, ...[...p.keys()].map((key) => Number(key.split(",")[main])));
  for (let k = degree; k > 0; k--) {
    for (const [key, value] of [...left]) {
      const exponents = key.split(",").map(Number);
      if (exponents[main] !== k) continue;
      left.delete(key);
      exponents[main] = k - 1;
      quotient.set(exponents.join(), value);
      for (const i of others) {
        accumulate(left, exponents.map((e, j) => e + Number(i === j)).join(), { num: -value.num, den: value.den });
      }
    }
  }
  return quotient;
}
