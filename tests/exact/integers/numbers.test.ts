/** Roots, products, Chinese remainders and rational reconstruction against their definitions. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEngine } from "../../../src/create-engine.js";
import type { Engine } from "../../../src/engine/engine.js";
import * as exact from "../../../src/exact/index.js";

let engine: Engine;
let kernels: exact.ExactKernels;
beforeAll(async () => {
  engine = await createEngine({ webgpu: false, threads: 1 });
  kernels = await exact.openExact(engine);
});
afterAll(() => engine.destroy());

const natural = fc.oneof(
  ...[20, 53, 54, 105, 400, 3000].map((bits) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) })),
);

test("isqrt is the floor of the root, at squares and beside them", () => {
  fc.assert(
    fc.property(natural, (s) => {
      for (const n of [s, s * s, s * s + 2n * s, s > 0n ? s * s - 1n : 0n]) {
        const root = exact.isqrt(n);
        expect(root * root <= n && (root + 1n) * (root + 1n) > n).toBe(true);
      }
      expect(exact.exactSqrt(s * s)).toBe(s);
      expect(exact.exactSqrt(s * s + 1n)).toBe(s === 0n ? 1n : undefined);
    }),
  );
});

test("products by trees", () => {
  expect(exact.product([])).toBe(1n);
  expect(exact.product(Array.from({ length: 30 }, (_, i) => BigInt(i + 1)))).toBe(265252859812191058636308480000000n);
  const at = (n: number): exact.IntegerMatrix2 => [0n, BigInt(-(n ** 2)), 1n, BigInt(3 * n + 1)];
  let expected = exact.identityMatrix2;
  for (let n = 5; n < 90; n++) expected = exact.multiplyMatrix2(expected, at(n));
  expect(exact.productOfMatrices(5, 90, at)).toEqual(expected);
  expect(exact.productOfMatrices(5, 5, at)).toEqual(exact.identityMatrix2);
  const reduced = exact.productOfMatrices(5, 90, at, { primitiveFrom: 0, kernels });
  const g = exact.gcdOf(expected);
  expect(reduced).toEqual(expected.map((x) => x / g));
});

describe.each([true, false])("with kernels: %s", (wanted) => {
  const options = () => (wanted ? { kernels } : {});

  test("fractions come back from their residues, and nothing else does", () => {
    fc.assert(
      fc.property(natural, natural, fc.boolean(), (x, y, negative) => {
        const g = exact.gcd(x, y + 1n);
        const num = ((negative ? -1n : 1n) * x) / g;
        const den = (y + 1n) / g;
        const largest = x > den ? x : den;
        let m = 2n * largest * largest + 3n;
        while (exact.gcd(m, den) !== 1n) m += 1n;
        const r = (((num * exact.invertModulo(den, m)) % m) + m) % m;
        expect(exact.reconstructRational(r, m, options())).toEqual({ num, den });
        const numBound = num < 0n ? -num : num;
        expect(exact.reconstructRational(r, m, { ...options(), numBound, denBound: den })).toEqual({ num, den });
        if (den > 1n) {
          expect(exact.reconstructRational(r, m, { ...options(), numBound, denBound: den - 1n })).toBeUndefined();
        }
      }),
      { numRuns: 200 },
    );
  });

  test("the Chinese remainder theorem", () => {
    const moduli = [2n ** 89n - 1n, 6n, 35n, 143n, 1n, 2n ** 31n - 1n];
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: exact.product(moduli) - 1n }), (x) => {
        const residues = moduli.map((m) => (x % m) - m);
        expect(exact.chineseRemainder(residues, moduli, options())).toEqual({
          value: x,
          modulus: exact.product(moduli),
        });
      }),
      { numRuns: 50 },
    );
    expect(exact.chineseRemainder([], [])).toEqual({ value: 0n, modulus: 1n });
  });
});

test("vectors of integers from their residues, signs included", () => {
  const generator = exact.wordPrimes();
  const primes = Array.from({ length: 5 }, () => generator.next().value as number);
  const values = [0n, 1n, -1n, 2n ** 150n + 12345n, -(2n ** 150n)];
  const vectors = primes.map((p) => new exact.PrimeField(p).residues(values));
  expect(exact.liftVectors(vectors, primes)).toEqual(values);
});

test.each([
  ["E_INPUT", () => exact.isqrt(-1n)],
  ["E_INPUT", () => exact.productOfMatrices(3, 2, () => exact.identityMatrix2)],
  ["E_INPUT", () => exact.chineseRemainder([1n, 1n], [6n, 4n])],
  ["E_INPUT", () => exact.chineseRemainder([1n], [0n])],
  ["E_SHAPE", () => exact.chineseRemainder([1n], [])],
  ["E_SHAPE", () => exact.liftVectors([], [])],
  ["E_SHAPE", () => exact.liftVectors([Uint32Array.of(1), Uint32Array.of(1, 2)], [3, 5])],
  ["E_INPUT", () => exact.reconstructRational(1n, 0n)],
  ["E_INPUT", () => exact.reconstructRational(1n, 100n, { numBound: 10n, denBound: 10n })],
])("bad input %# throws %s", (code, call) => {
  expect(call).toThrow(expect.objectContaining({ code }));
});
