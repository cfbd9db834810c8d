import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isqrt } from "../../src/exact/integers/roots.js";
import {
  add,
  ceilDivide,
  compare,
  divide,
  floorDivide,
  formatRational,
  multiply,
  parseRational,
  power,
  rational,
  reciprocal,
  roundDivide,
  subtract,
  toNumber,
} from "../../src/exact/rational.js";

const big = fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n });
const nonzero = big.filter((n) => n !== 0n);
const fraction = fc.tuple(big, nonzero).map(([num, den]) => rational(num, den));

describe("rational numbers", () => {
  test("are in lowest terms over a positive denominator", () => {
    expect(rational(6n, -4n)).toEqual({ num: -3n, den: 2n });
    expect(rational(0n, -5n)).toEqual({ num: 0n, den: 1n });
    expect(rational(10, 4)).toEqual({ num: 5n, den: 2n });
  });
  test("form a field", () => {
    fc.assert(
      fc.property(fraction, fraction, fraction, (x, y, z) => {
        expect(multiply(x, add(y, z))).toEqual(add(multiply(x, y), multiply(x, z)));
        expect(add(subtract(x, y), y)).toEqual(x);
        if (y.num !== 0n) expect(multiply(divide(x, y), y)).toEqual(x);
        expect(compare(x, y)).toBe(-compare(y, x) + 0);
      }),
    );
  });
  test("print and parse", () => {
    fc.assert(fc.property(fraction, (x) => void expect(parseRational(formatRational(x))).toEqual(x)));
    expect(parseRational("-0.125")).toEqual(rational(-1n, 8n));
    expect(parseRational(".5")).toEqual(rational(1n, 2n));
    expect(parseRational(" 6 / 4 ")).toEqual(rational(3n, 2n));
  });
  test("have powers", () => {
    expect(power(rational(-2n, 3n), 3)).toEqual(rational(-8n, 27n));
    expect(power(rational(-2n, 3n), -3)).toEqual(rational(-27n, 8n));
    expect(power(rational(0n), 0)).toEqual(rational(1n));
  });
  test("become numbers, whatever their lengths", () => {
    expect(toNumber(rational(-1n, 3n))).toBe(-1 / 3);
    expect(toNumber(rational(10n ** 400n, 3n * 10n ** 400n))).toBeCloseTo(1 / 3, 15);
    expect(toNumber(rational(1n, 10n ** 300n))).toBeCloseTo(1e-300, 310);
    expect(toNumber(rational(0n))).toBe(0);
  });
  test.each([
    ["a zero denominator", () => rational(1n, 0n)],
    ["the reciprocal of 0", () => reciprocal(rational(0n))],
    ["a quotient by 0", () => divide(rational(1n), rational(0n))],
    ["a negative power of 0", () => power(rational(0n), -1)],
    ["NaN", () => rational(Number.NaN)],
    ["a fraction of a number", () => rational(0.5)],
    ["no text", () => parseRational("")],
    ["1/0", () => parseRational("1/0")],
    ["1e5", () => parseRational("1e5")],
    ["a lone point", () => parseRational(".")],
    ["a power that is no integer", () => power(rational(2n), 0.5)],
  ])("refuse %s", (_, action) => {
    expect(action).toThrow(/argument/);
  });
});

describe("integers", () => {
  test("quotients round as named", () => {
    fc.assert(
      fc.property(big, nonzero, (n, d) => {
        const floor = floorDivide(n, d);
        const rest = n - floor * d;
        expect(d > 0n ? rest >= 0n && rest < d : rest <= 0n && rest > d).toBe(true);
        expect(ceilDivide(n, d)).toBe(rest === 0n ? floor : floor + 1n);
        if (d > 0n) expect(2n * n - 2n * d * roundDivide(n, d) <= d).toBe(true);
      }),
    );
  });
  test("have roots", () => {
    fc.assert(
      fc.property(big, (n) => {
        const size = n < 0n ? -n : n;
        const root = isqrt(size);
        expect(root * root <= size && (root + 1n) ** 2n > size).toBe(true);
      }),
    );
    for (const n of [2n ** 52n - 1n, 2n ** 52n, 10n ** 2000n, 10n ** 2000n - 1n, 2n ** 999n + 1n]) {
      const root = isqrt(n);
      expect(root * root <= n && (root + 1n) ** 2n > n).toBe(true);
    }
    expect(() => isqrt(-1n)).toThrow(/negative/);
  });
});
