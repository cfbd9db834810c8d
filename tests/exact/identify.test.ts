import { describe, expect, test } from "vitest";
import { decimals, identify, parseConstant, userDigits } from "../../src/exact/index.js";

const best = (...args: Parameters<typeof identify>) => identify(...args).matches[0];

describe("identify", () => {
  test.each([
    ["1.2020569...", "zeta(3)"],
    ["3.14159265358979", "pi"],
    ["1.64493406684822643647", "pi^2/6"],
    ["2.1639534137386528487700", "(1 + e)/(-1 + e)"],
    ["0.3298961831627438472393536346285348106624", "(-6 + 2*pi)/(4 - pi)"],
    ["3.405617860901658929156639336919944083522", "(100 - zeta(3))/(23 + 5*zeta(3))"],
    ["0.333333333333", "1/3"],
    ["-2.75000000000", "-11/4"],
    ["1.41421356237309504880", "root of x^2-2"],
    ["-1.61803398874989484820", "root of x^2+x-1"],
    ["1.3247179572447460259609", "root of x^3-x-1"],
  ])("%s is %s", (digits, text) => {
    expect(best(digits)?.text.replace("(6 - 2*pi)/(-4 + pi)", "(-6 + 2*pi)/(4 - pi)")).toBe(text);
    expect(best(digits, undefined, { method: "pslq" })?.text).toBe(best(digits)?.text);
  });
  test("relations of matrix-field section 9 as num and den", () => {
    const match = best("0.9507512829493799642092871757960351250480644545528320906", ["zeta(3)"]);
    expect([match?.num, match?.den]).toEqual([
      [8n, 0n],
      [0n, 7n],
    ]);
    expect(match?.latex).toBe("\\frac{8}{7 \\zeta(3)}");
  });
  test("several constants at once", () => {
    const digits = decimals(parseConstant("(2+catalan)/(1+3*pi)"), 60);
    expect(best(digits, ["pi", "catalan"], { joint: true })?.text).toBe("(2 + catalan)/(1 + 3*pi)");
  });
  test("an expression, a Real", () => {
    expect(best("4*atan(1)")?.text).toBe("pi");
    expect(best(userDigits("0.5772156649"))?.text).toBe("gamma");
  });
  test("digits that nothing explains", () => {
    const { status, matches } = identify("0.7264531982764519283746512");
    expect([status, matches]).toEqual(["not-identified", []]);
  });
  test("hardly any of 200 numbers with 10 random digits is explained", () => {
    let state = 12345;
    let found = 0;
    for (let i = 0; i < 200; i++) {
      let digits = "0.";
      for (let j = 0; j < 10; j++) digits += (state = (state * 1103515245 + 12345) % 2 ** 31) % 10;
      found += identify(digits, ["pi", "zeta(3)", "e"]).matches.length > 0 ? 1 : 0;
    }
    expect(found).toBeLessThanOrEqual(2);
  });
});

describe("bad input", () => {
  test.each(["1", "1.2", "3.141", "0.00012", "0"])("%s has too few digits", (digits) => {
    expect(identify(digits)).toMatchObject({ status: "too-few-digits", matches: [] });
  });
  test("a wrong last digit is not explained away", () => {
    expect(identify("3.1415926535999999", ["pi"]).matches).toEqual([]);
  });
  test("rational constants are named and left out", () => {
    const { rejected } = identify("1.234234987234987", ["3/4", "sqrt(4)"]);
    expect(rejected).toContainEqual({ text: "3/4", reason: "is a rational constant" });
    expect(rejected.some(({ text }) => text === "sqrt(4)")).toBe(true);
  });
  test.each([
    ["", {}],
    ["NaN", {}],
    ["abc", {}],
    ["1.2.3", {}],
    ["1.2020569", { maxCoefficient: 0 }],
    ["1.2020569", { degree: -1 }],
    ["1.2020569", { degree: 2.5 }],
    ["1.2020569", { minRatio: Number.NaN }],
    ["1.2020569", { digits: 3 }],
  ])("%j with %j is refused", (value, options) => {
    expect(() => identify(value, undefined, options)).toThrow(/argument/);
  });
});
