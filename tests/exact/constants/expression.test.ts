import { describe, expect, test } from "vitest";
import {
  algebraicNumber,
  besselRatio,
  decimals,
  overlaps,
  parseConstant,
  rational,
  realRoots,
  userDigits,
} from "../../../src/exact/index.js";
import { goldenDigits } from "./golden.js";

test.each(Object.entries(goldenDigits))("%s has the digits of the row Constants", (name, [first, last]) => {
  const digits = decimals(parseConstant(name), 1000);
  expect(digits.slice(0, first.length)).toBe(first);
  expect(digits.slice(-10)).toBe(last);
});

describe("Lehmer's closed forms (section 6.2)", () => {
  test.each([
    ["Iratio(1/2,1/2)", "(e+1)/(e-1)", "2.1639534137386528488"],
    ["Iratio(1/2,1)", "(e^2+1)/(e^2-1)", "1.3130352854993313036"],
    ["Jratio(1/2,1)", "cot(1)", "0.64209261593433070301"],
    ["Iratio(1,2)", "I0(2)/I1(2)", "1.4331274267223117583"],
    ["Jratio(1,2)", "J0(2)/J1(2)", "0.38821076556779578751"],
    ["Iratio(3/5,2/5)", "Iratio(3/5,2/5)", "3.1238145296010881738"],
    ["Jratio(3/5,2/5)", "Jratio(3/5,2/5)", "2.873781135619278841"],
  ])("%s = %s = %s", (ratio, form, digits) => {
    expect(decimals(parseConstant(ratio), 250)).toBe(decimals(parseConstant(form), 250));
    // The sheet rounds its last digit.
    expect(overlaps(parseConstant(ratio).enclose(80), userDigits(digits).enclose(80))).toBe(true);
  });
});

describe("identities hold to 300 digits", () => {
  test.each([
    ["tan(1)*cot(1)", "1"],
    ["sin(1/3)^2+cos(1/3)^2", "1"],
    ["sin(sqrt(2))^2+cos(sqrt(2))^2", "1"],
    ["tan(100)", "sin(100)/cos(100)"],
    ["sin(7*pi/3)", "sqrt(3)/2"],
    ["4*atan(1/5)*4-4*atan(1/239)", "pi"],
    ["4*atan(1)", "pi"],
    ["atan(3)+atan(1/3)", "pi/2"],
    ["log(sqrt(2))", "log(2)/2"],
    ["exp(log(10))", "10"],
    ["e^(-pi)*e^pi", "1"],
    ["cosh(1)^2-sinh(1)^2", "1"],
    ["tanh(1)*coth(1)", "1"],
    ["acosh(2)", "log(2+sqrt(3))"],
    ["asinh(1/2)", "log(phi)"],
    ["2^(1/2)", "sqrt(2)"],
    ["cbrt(2)", "root(x^3-2,1)"],
    ["phi", "(1+sqrt(5))/2"],
    ["pi^2/6", "zeta(2)"],
    ["-2^2", "-4"],
    ["2^-1", "0.5"],
    ["2^3^2", "512"],
    ["1-2-3", "-4"],
    ["root(2x^2 - 3, 2)", "sqrt(3/2)"],
    ["zeta(66)", "zeta(66)"],
  ])("%s = %s", (left, right) => {
    for (const bits of [40, 1000]) {
      const [x, y] = [parseConstant(left).enclose(bits), parseConstant(right).enclose(bits)];
      expect(overlaps(x, y)).toBe(true);
      expect(x.hi - x.lo).toBeLessThanOrEqual(2n);
    }
  });
});

describe("algebraic numbers", () => {
  test("all real roots, in order", () => {
    expect(realRoots([-6n, 11n, -6n, 1n])).toHaveLength(3);
    expect(realRoots([1n, 0n, 1n])).toHaveLength(0);
    expect(realRoots([1n, 2n, 1n])).toHaveLength(1);
    for (const [index, root] of ["1.000000", "2.000000", "3.000000"].entries()) {
      const x = algebraicNumber([-6n, 11n, -6n, 1n], index + 1).enclose(64);
      expect(overlaps(x, userDigits(root).enclose(64))).toBe(true);
    }
  });
  test("a double root is found, too", () => {
    expect(decimals(algebraicNumber([4n, 0n, -4n, 0n, 1n], 2), 30)).toBe(decimals(parseConstant("sqrt(2)"), 30));
  });
  test("the plastic number", () => {
    expect(decimals(algebraicNumber([-1n, -1n, 0n, 1n]), 50)).toBe(
      "1.32471795724474602596090885447809734073440405690173",
    );
  });
});

describe("digits of a user", () => {
  test("hold what was cut off and what was rounded", () => {
    const x = userDigits("1.2020569...");
    expect(x.significantDigits).toBe(8);
    expect(x.asWritten).toEqual(rational(12020569n, 10n ** 7n));
    const { lo, hi, bits } = x.enclose(60);
    expect(Number(lo) / 2 ** bits).toBeCloseTo(1.2020568, 10);
    expect(Number(hi) / 2 ** bits).toBeCloseTo(1.202057, 10);
    const known = x.enclose(x.knownBits);
    expect(known.hi - known.lo).toBeLessThanOrEqual(2n);
    expect(decimals(userDigits("0.12345"), 3)).toBe("0.123");
    expect(() => decimals(userDigits("0.12345"), 6)).toThrow(/not known/);
    expect(userDigits("-0.0050…").significantDigits).toBe(2);
  });
  test.each(["", ".", "NaN", "1e5", "1.2.3", "--1", "1,5", "Infinity", "...", "0x10"])("%j are refused", (text) => {
    expect(() => userDigits(text)).toThrow(/userDigits: argument text/);
  });
});

describe("bad input", () => {
  test.each([
    ["", /empty/],
    ["   ", /empty/],
    ["1+", /ends too early/],
    ["(1", /its end/],
    ["1)", /after its end/],
    ["2pi", /after its end/],
    ["foo", /no constant or function/],
    ["constructor", /no constant or function/],
    ["__proto__", /means nothing/],
    ["process.exit()", /no constant or function/],
    ["1/0", /is 0/],
    ["pi/0", /divides by 0/],
    ["zeta(1)", /zeta/],
    ["zeta(pi)", /short rational/],
    ["zeta(5/2)", /integer/],
    ["log(0)", /not positive/],
    ["log(-e)", undefined],
    ["sqrt(-1)", /negative/],
    ["atan(pi)", /short rational/],
    ["9^9^9^9", /too large/],
    ["NaN", /no constant or function/],
    ["1;2", /means nothing/],
    ["sin()", /number or name/],
    ["Iratio(1)", /","/],
    ["Iratio(0,1)", /order/],
    ["root(x^2+1)", /0 real roots/],
    ["root(x^2-2,5)", /2 real roots/],
    ["root(7)", /degree/],
    ["root(x^99)", /degree/],
    ["1/(pi-pi)", undefined],
    [`${"(".repeat(200)}1${")".repeat(200)}`, /nested/],
    [`${"-".repeat(200)}1`, /nested/],
    ["1".repeat(20_000), /characters/],
  ])("%j is refused", (text, reason) => {
    expect(() => parseConstant(text).enclose(64)).toThrow(reason);
  });
  test("a rational constant says so", () => {
    expect(parseConstant("6/4").exact).toEqual(rational(3n, 2n));
    expect(parseConstant("pi").exact).toBeUndefined();
  });
  test("Bessel ratios of order 0 or at 0", () => {
    expect(() => besselRatio("I", rational(0n), rational(1n))).toThrow(/order/);
    expect(() => besselRatio("J", rational(1n), rational(0n))).toThrow(/x is 0/);
  });
});
