/** Polynomials over Z against products from the definition. */
import fc from "fast-check";
import { expect, test } from "vitest";
import * as exact from "../../../src/exact/index.js";

const coefficient = fc.oneof(fc.bigInt({ min: -9n, max: 9n }), fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }));
const polynomial = fc.array(coefficient, { maxLength: 12 }).map((f) => [...f, 3n]);

function oracle(a: readonly bigint[], b: readonly bigint[]): bigint[] {
  const result: bigint[] = Array(a.length + b.length - 1).fill(0n);
  for (const [i, x] of a.entries()) for (const [j, y] of b.entries()) result[i + j] = (result[i + j] as bigint) + x * y;
  return result;
}

test("products, exact quotients and values", () => {
  fc.assert(
    fc.property(polynomial, polynomial, coefficient, (a, b, x) => {
      const product = exact.multiplyPolynomials(a, b);
      expect(product).toEqual(oracle(a, b));
      expect(exact.dividePolynomials(product, b)).toEqual(a);
      expect(exact.evaluatePolynomial(product, x)).toBe(
        exact.evaluatePolynomial(a, x) * exact.evaluatePolynomial(b, x),
      );
      expect(exact.dividePolynomials([...product.slice(0, -1), (product.at(-1) as bigint) + 1n], [1n, 3n])).not.toEqual(
        a,
      );
    }),
  );
  expect(exact.multiplyPolynomials([], [1n])).toEqual([]);
  expect(exact.dividePolynomials([1n, 1n], [2n])).toBeUndefined();
  expect(exact.dividePolynomials([1n], [1n, 1n])).toBeUndefined();
});

test("the greatest common divisor divides both and holds the common factor", () => {
  fc.assert(
    fc.property(polynomial, polynomial, polynomial, (a, b, c) => {
      const [f, g] = [oracle(a, c), oracle(b, c)];
      const d = exact.gcdPolynomials(f, g);
      for (const h of [f, g]) expect(exact.dividePolynomials(h, d)).toBeDefined();
      expect(exact.dividePolynomials(d, exact.primitivePart(c))).toBeDefined();
    }),
    { numRuns: 40 },
  );
  expect(exact.gcdPolynomials([4n, 4n], [6n, 0n, -6n])).toEqual([2n, 2n]);
  expect(exact.gcdPolynomials([], [-3n])).toEqual([3n]);
});

test("periods split off: (1 - x^3)^2 (2 + x)", () => {
  const square = oracle([1n, 0n, 0n, -1n], [1n, 0n, 0n, -1n]);
  expect(exact.splitPeriod(oracle(square, [2n, 1n]), 3)).toEqual({ power: 2, rest: [2n, 1n] });
  expect(exact.splitPeriod([1n, 1n], 1)).toEqual({ power: 0, rest: [1n, 1n] });
});

test.each([
  () => exact.dividePolynomials([1n], [0n]),
  () => exact.splitPeriod([], 1),
  () => exact.splitPeriod([1n], 0),
])("bad input %#", (call) => {
  expect(call).toThrow(expect.objectContaining({ code: "E_INPUT" }));
});
