/** Vectors and polynomials over GF(p) against BigInt, for primes with and without roots of unity, with and without kernels. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEngine } from "../../../src/create-engine.js";
import type { Engine } from "../../../src/engine/engine.js";
import * as exact from "../../../src/exact/index.js";

const { PrimeField } = exact;
let engine: Engine;
let kernels: exact.ExactKernels;
beforeAll(async () => {
  engine = await createEngine({ webgpu: false, threads: 1 });
  kernels = await exact.openExact(engine);
});
afterAll(() => engine.destroy());

const primes = [2, 3, 5, 17, 65537, 998244353, 1073741827, 2013265921, 2147483629, 2147483647];

/** A repeatable vector without structure. */
function noise(p: number, n: number, seed: number): Uint32Array<ArrayBuffer> {
  let x = BigInt(seed * 2 + 1);
  return Uint32Array.from({ length: n }, () => {
    x = (x * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
    return Number((x >> 20n) % BigInt(p));
  });
}

function oracleProduct(a: Uint32Array, b: Uint32Array, p: number): number[] {
  const sums = Array<bigint>(Math.max(0, a.length + b.length - 1)).fill(0n);
  for (const [i, x] of a.entries()) {
    for (const [j, y] of b.entries()) sums[i + j] = (sums[i + j] as bigint) + BigInt(x) * BigInt(y);
  }
  const result = sums.map((s) => Number(s % BigInt(p)));
  while (result.at(-1) === 0) result.pop();
  return result;
}

describe.each([true, false])("with kernels: %s", (wanted) => {
  const fieldOf = (p: number) => new PrimeField(p, wanted ? { kernels } : {});

  test.each(primes)("vectors modulo %i, around every length at which the method changes", (p) => {
    const field = fieldOf(p);
    const big = BigInt(p);
    for (const n of [0, 1, 3, 5, 63, 64, 65, 67, 71, 130]) {
      const [a, b] = [noise(p, n, 1), noise(p, n, 2).fill(p - 1, 0, n >> 1)];
      const c = p - 1;
      const each = (f: (x: bigint, y: bigint) => bigint) =>
        Uint32Array.from(a, (x, i) => Number(((f(BigInt(x), BigInt(b[i] as number)) % big) + big) % big));
      expect(exact.addVectors(field, a, b)).toEqual(each((x, y) => x + y));
      expect(exact.subVectors(field, a, b)).toEqual(each((x, y) => x - y));
      expect(exact.mulVectors(field, a, b)).toEqual(each((x, y) => x * y));
      expect(exact.scaleVector(field, c, a)).toEqual(each((x) => x * BigInt(c)));
      expect(exact.axpyVectors(field, c, a, b)).toEqual(each((x, y) => x * BigInt(c) + y));
      const sum = a.reduce((s, x, i) => s + BigInt(x) * BigInt(b[i] as number), 0n);
      expect(exact.dotVectors(field, a, b)).toBe(Number(sum % big));
      const units = a.map((x) => x || 1);
      expect(exact.mulVectors(field, exact.invertVector(field, units), units).every((x) => x === 1)).toBe(true);
    }
  });

  test("sums of products of the largest residues do not overflow", () => {
    const p = 2147483647;
    const a = new Uint32Array(4099).fill(p - 1);
    expect(exact.dotVectors(fieldOf(p), a, a)).toBe(4099);
  });

  test.each(primes)("products modulo %i by every method", (p) => {
    const field = fieldOf(p);
    for (const [m, n] of [
      [0, 5],
      [1, 1],
      [7, 3],
      [48, 48],
      [49, 49],
      [49, 200],
      [130, 127],
      [256, 257],
    ] as const) {
      const [a, b] = [noise(p, m, 3), noise(p, n, 4)];
      expect([...exact.polyMultiply(field, a, b)], `${m} by ${n}`).toEqual(oracleProduct(a, b, p));
    }
  });

  test("the largest coefficients", () => {
    for (const p of [2147483647, 2147483629, 2013265921]) {
      const a = new Uint32Array(300).fill(p - 1);
      expect([...exact.polyMultiply(fieldOf(p), a, a)]).toEqual(oracleProduct(a, a, p));
    }
  });

  test.each(primes)("division modulo %i: quotient times divisor plus remainder", (p) => {
    const field = fieldOf(p);
    for (const [m, n] of [
      [0, 3],
      [3, 5],
      [5, 5],
      [40, 7],
      [300, 20],
      [300, 150],
      [700, 200],
    ] as const) {
      const [a, b] = [noise(p, m, 5), noise(p, n, 6)];
      b[n - 1] = 1;
      const { quotient, remainder } = exact.polyDivide(field, a, b);
      expect(remainder.length).toBeLessThan(n);
      const back = exact.polyAdd(field, exact.polyMultiply(field, quotient, b), remainder);
      expect([...back]).toEqual([...exact.polyAdd(field, a, new Uint32Array(0))]);
    }
  });

  test.each([5, 65537, 998244353, 2147483647])("half-gcd modulo %i: matrix, remainders and stop", (p) => {
    const field = fieldOf(p);
    const sizes = wanted ? [2, 3, 40, 500, 700, 1300, 2900] : [2, 3, 40, 90, 200];
    for (const n of sizes) {
      for (const gap of [1, 2, 9]) {
        if (n <= gap) continue;
        const [a, b] = [noise(p, n, 7), noise(p, n - gap, 8)];
        a[n - 1] = 1;
        const { matrix, c, d } = exact.halfGcd(field, a, b);
        const times = (row: readonly [Uint32Array, Uint32Array]) =>
          exact.polyAdd(field, exact.polyMultiply(field, row[0], a), exact.polyMultiply(field, row[1], b));
        expect([...times(matrix[0])]).toEqual([...c]);
        expect([...times(matrix[1])]).toEqual([...d]);
        const stop = Math.ceil((n - 1) / 2);
        expect(c.length - 1).toBeGreaterThanOrEqual(stop);
        expect(d.length - 1).toBeLessThan(stop);
        const [[s, t], [u, v]] = matrix;
        const determinant = exact.polySub(field, exact.polyMultiply(field, s, v), exact.polyMultiply(field, t, u));
        expect([[1], [p - 1]]).toContainEqual([...determinant]);
      }
    }
  });

  test.each([2, 5, 998244353, 2147483647])("gcd modulo %i finds the common factor", (p) => {
    const field = fieldOf(p);
    const common = noise(p, wanted ? 300 : 30, 9);
    common[common.length - 1] = 1;
    for (const n of wanted ? [1, 50, 900] : [1, 20, 60]) {
      const [a, b] = [noise(p, n, 10), noise(p, n + 7, 11)].map((f) => exact.polyMultiply(field, f, common));
      const g = exact.polyGcd(field, a as Uint32Array, b as Uint32Array);
      expect(exact.polyDivide(field, g, common).remainder.length).toBe(0);
      for (const f of [a, b] as Uint32Array[]) expect(exact.polyDivide(field, f, g).remainder.length).toBe(0);
    }
    expect([...exact.polyGcd(field, new Uint32Array(0), new Uint32Array(0))]).toEqual([]);
  });

  test("values, derivatives and reciprocals", () => {
    const p = 2147483647;
    const field = fieldOf(p);
    const f = noise(p, 300, 12).fill(1, 0, 1);
    const expected = f.reduceRight((s, c) => (s * 12345n + BigInt(c)) % BigInt(p), 0n);
    expect(exact.polyEvaluate(field, f, 12345)).toBe(Number(expected));
    expect([...exact.polyDerivative(field, Uint32Array.of(7, 5, 3))]).toEqual([5, 6]);
    const product = exact.polyMultiply(field, exact.polyReciprocal(field, f, 200), f);
    expect([...product.subarray(0, 200)]).toEqual([1, ...Array(199).fill(0)]);
  });
});

test("a long product agrees with its value at a point", () => {
  const field = new PrimeField(2147483647, { kernels });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 0, max: field.p - 1 }), (n, x) => {
      const [a, b] = [noise(field.p, n, 13), noise(field.p, 5000, 14)];
      const at = (f: Uint32Array) => exact.polyEvaluate(field, f, x);
      expect(at(exact.polyMultiply(field, a, b))).toBe(field.mul(at(a), at(b)));
    }),
    { numRuns: 20 },
  );
});

test.each([
  ["p", () => new PrimeField(9)],
  ["p", () => new PrimeField(2 ** 31 + 11)],
  ["a", () => new PrimeField(7).inverse(14)],
  ["a", () => exact.invertVector(new PrimeField(7), Uint32Array.of(1, 0))],
  ["b", () => exact.polyDivide(new PrimeField(7), Uint32Array.of(1), Uint32Array.of(0))],
  ["b", () => exact.halfGcd(new PrimeField(7), Uint32Array.of(1), Uint32Array.of(1))],
  ["stop", () => exact.halfGcd(new PrimeField(7), Uint32Array.of(1, 1, 1, 1, 1), Uint32Array.of(1), 1)],
  ["f", () => exact.polyReciprocal(new PrimeField(7), Uint32Array.of(0, 1), 3)],
])("bad input names argument %s", (argument, call) => {
  expect(call).toThrow(expect.objectContaining({ code: "E_INPUT", argument }));
});

test("the primes below 2^31 from the top", () => {
  const found = exact.wordPrimes();
  expect([1, 2, 3].map(() => found.next().value)).toEqual([2147483647, 2147483629, 2147483587]);
  expect([...exact.wordPrimes(30)]).toEqual([29, 23, 19, 17, 13, 11, 7, 5, 3, 2]);
});
