import { describe, expect, test } from "vitest";
import { sumAlternating } from "../../../src/exact/constants/alternating.js";
import { overlaps, rescale } from "../../../src/exact/constants/enclosure.js";
import { exponentialOfInterval, exponentialOfRational } from "../../../src/exact/constants/exponential.js";
import { scaleInterval } from "../../../src/exact/constants/interval.js";
import { logarithmOfInterval, logarithmOfRational } from "../../../src/exact/constants/logarithm.js";
import {
  decimals,
  e,
  enclose,
  exponential,
  logarithm,
  pi,
  type Real,
  rational,
  zeta,
} from "../../../src/exact/index.js";
import { goldenDigits } from "./golden.js";

const constants: Real[] = [e, pi, exponential(rational(2n)), logarithm(rational(2n)), zeta(3), zeta(5)];

test.each(constants)("$name has the digits of the row Constants", (x) => {
  const [first, last] = goldenDigits[x.name] as [string, string];
  const digits = decimals(x, 1000);
  expect(digits.slice(0, first.length)).toBe(first);
  expect(digits.slice(-10)).toBe(last);
});

describe("an enclosure", () => {
  const many = [
    ...constants,
    zeta(2),
    zeta(7),
    zeta(66),
    exponential(rational(-7n, 3n)),
    logarithm(rational(3n, 1000n)),
  ];
  test.each(many)("of $name is at most two units wide and holds the finer ones", (x) => {
    for (const bits of [0, 1, 5, 64, 333, 1000]) {
      const [coarse, fine] = [x.enclose(bits), x.enclose(2 * bits + 50)];
      expect(coarse.bits).toBe(bits);
      expect(coarse.hi - coarse.lo).toBeLessThanOrEqual(2n);
      expect(overlaps(coarse, fine)).toBe(true);
      const widened = rescale(fine, bits);
      expect(widened.lo >= coarse.lo && widened.hi <= coarse.hi).toBe(true);
    }
  });

  test.each([[-1], [1.5], [Number.NaN], [2 ** 30]])("of %d bits is refused", (bits) => {
    expect(() => pi.enclose(bits)).toThrow(/bits/);
  });
});

describe("two ways to one number agree", () => {
  test("zeta(3) by acceleration", () => {
    const sum = sumAlternating((n) => BigInt(n + 1) ** 3n, 3000);
    expect(overlaps(scaleInterval(sum, rational(4n, 3n)), zeta(3).enclose(3000))).toBe(true);
  });
  test("zeta(66) from 64 on is the tail of its series", () => {
    const x = zeta(66).enclose(400);
    let sum = 0n;
    for (let n = 1n; n < 60n; n++) sum += (1n << 400n) / n ** 66n;
    expect(x.lo - sum < 1n << 50n && x.hi > sum).toBe(true);
  });
  test.each(["1/3", "-1/3", "5", "-7", "1/1000", "40"])("e^(%s) by its series and by halving", (text) => {
    const [num, den = 1n] = text.split("/").map(BigInt) as [bigint, bigint];
    const x = rational(num, den);
    for (const bits of [80, 500, 2000]) {
      const byHalving = exponentialOfInterval(enclose(x, bits));
      expect(overlaps(byHalving, exponentialOfRational(x, bits))).toBe(true);
      expect(byHalving.hi - byHalving.lo).toBeLessThan(1n << 64n);
    }
  });
  test.each(["1/3", "2", "1000003/7", "1/99999999", "1"])("log(%s) by its series and from its exponential", (text) => {
    const [num, den = 1n] = text.split("/").map(BigInt) as [bigint, bigint];
    const x = rational(num, den);
    for (const bits of [80, 500, 2000]) {
      const byExponential = logarithmOfInterval(enclose(x, bits));
      expect(overlaps(byExponential, logarithmOfRational(x, bits))).toBe(true);
      expect(byExponential.hi - byExponential.lo).toBeLessThan(1n << 64n);
    }
  });
});

describe("bad input", () => {
  test.each([0, 1, -2, 2.5, Number.NaN, Number.POSITIVE_INFINITY, 20_000])("zeta(%d) is refused", (k) => {
    expect(() => zeta(k)).toThrow(/zeta: argument k/);
  });
  test.each([0n, -3n])("log(%d) is refused", (n) => {
    expect(() => logarithm(rational(n))).toThrow(/log: argument x/);
  });
  test.each([-1, 0.5, Number.NaN])("%d decimals are refused", (digits) => {
    expect(() => decimals(pi, digits)).toThrow(/decimals: argument digits/);
  });
});
