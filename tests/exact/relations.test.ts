import { describe, expect, test } from "vitest";
import { lllRelation, parseConstant, pslq, reduceLattice } from "../../src/exact/index.js";

const at = (bits: number, ...texts: string[]) => texts.map((text) => parseConstant(text).enclose(bits));
const v = "((100-zeta(3))/(23+5*zeta(3)))";

describe.each([
  ["pslq", pslq],
  ["lllRelation", lllRelation],
])("%s (section 5, Checks)", (_, relate) => {
  test("[pi, atan(1/5), atan(1/239)]", () => {
    expect(relate(at(120, "pi", "atan(1/5)", "atan(1/239)")).coefficients).toEqual([1n, -16n, 4n]);
  });
  test("[1, z, -v, -zv] of zeta(3)", () => {
    const values = at(130, "1", "zeta(3)", `-${v}`, `-zeta(3)*${v}`);
    expect(relate(values).coefficients).toEqual([100n, -1n, 23n, 5n]);
  });
  test("the limit of the symmetric field of pi is (2 pi - 6)/(4 - pi)", () => {
    const x = "((2*pi-6)/(4-pi))";
    const found = relate(at(130, "1", "pi", `-${x}`, `-pi*${x}`)).coefficients;
    expect(found).toEqual([6n, -2n, -4n, 1n]);
  });
  test("ten powers of an algebraic number", () => {
    const x = "(2^(1/3)+sqrt(3))";
    const values = at(400, "1", ...[1, 2, 3, 4, 5, 6].map((n) => `${x}^${n}`));
    expect(relate(values).coefficients).toEqual([-23n, -36n, 27n, -4n, -9n, 0n, 1n]);
  });
  test("no relation", () => {
    expect(relate(at(150, "1", "e", "pi")).reason).toMatch(/no relation/);
  });
  test("a coefficient above the limit", () => {
    expect(relate(at(100, "1", "sqrt(2)", "5000*sqrt(2)+1/7"), { maxCoefficient: 100n }).coefficients).toBeUndefined();
  });
  test("bad input", () => {
    expect(relate(at(100, "1", "0")).reason).toMatch(/0/);
    expect(() => relate(at(100, "pi"))).toThrow(/at least 2/);
    expect(() => relate([])).toThrow(/at least 2/);
    expect(() => relate([...at(100, "pi"), ...at(90, "e")])).toThrow(/same number of bits/);
  });
});

test("a reduced lattice", () => {
  expect(reduceLattice([])).toEqual([]);
  const reduced = reduceLattice([
    [1n, 1n, 1n],
    [-1n, 0n, 2n],
    [3n, 5n, 6n],
  ]);
  expect(reduced.map((row) => row.reduce((sum, c) => sum + c * c, 0n))).toEqual([1n, 2n, 5n]);
  expect(() => reduceLattice([[1n, 2n], [2n]])).toThrow(/unequal/);
});
