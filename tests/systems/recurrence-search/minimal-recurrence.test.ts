/** Rules of sequences: the kind, the terms used and spare, the next terms, the formats; b-files. */
import { describe, expect, test } from "vitest";
import { formatRecurrence, minimalRecurrence, readTerms } from "../../../src/systems/recurrence-search/index.js";

const sequence = (length: number, term: (n: number) => number): number[] => Array.from({ length }, (_, n) => term(n));
const catalan = [1, 1, 2, 5, 14, 42, 132, 429, 1430, 4862, 16796, 58786];
const motzkin = [1, 1, 2, 4, 9, 21, 51, 127, 323, 835, 2188, 5798, 15511, 41835, 113634, 310572];
const factorials = [1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880];

describe("minimalRecurrence", () => {
  test("Fibonacci numbers: 4 terms used, 3 spare", () => {
    const found = minimalRecurrence([0, 1, 1, 2, 3, 5, 8], { next: 3 });
    expect(found).toMatchObject({ kind: "constant", used: 4, spare: 3, next: [13n, 21n, 34n] });
    expect(formatRecurrence(found, "text")).toBe(
      [
        "linear recurrence with constant coefficients: 4 terms used, 3 spare",
        "  a(n) = a(n-1) + a(n-2) for n >= 2",
        "  generating function (x) / (1 - x - x^2)",
        "  a(n) = (1/5*sqrt(5))*((1 + sqrt(5))/2)^n + (-1/5*sqrt(5))*((1 - sqrt(5))/2)^n",
        "  next: 13 21 34",
      ].join("\n"),
    );
  });

  test.each([
    ["squares and more", sequence(9, (n) => n * n + 3), "interlaced", "a(n) = n^2 + 3"],
    ["Mersenne numbers", sequence(9, (n) => 2 ** n - 1), "constant", "a(n) = 2^n - 1"],
    ["with a double root", sequence(9, (n) => n * 2 ** n), "constant", "a(n) = n*2^n"],
    [
      "two polynomials in turn",
      sequence(14, (n) => (n % 2 ? 7 : n / 2 + 1)),
      "interlaced",
      "a(2q) = q + 1, a(2q + 1) = 7 for q >= 0",
    ],
  ])("%s", (_, terms, kind, closedForm) => {
    expect(minimalRecurrence(terms)).toMatchObject({ kind, closedForm });
  });

  test("coefficients that are not integers", () => {
    const found = minimalRecurrence([8, 12, 18, 27, 40, 60, 90, 135]);
    expect(found.kind).not.toBe("constant");
    expect(minimalRecurrence([64, 96, 144, 216, 324, 486]).recurrence?.polynomials).toEqual([[2n], [-3n]]);
  });

  test("factorials, Catalan and Motzkin numbers have polynomial coefficients", () => {
    expect(minimalRecurrence(factorials, { next: 2 })).toMatchObject({
      kind: "polynomial",
      recurrence: {
        polynomials: [
          [1n, 0n],
          [0n, -1n],
        ],
      },
      next: [3628800n, 39916800n],
    });
    const found = minimalRecurrence(catalan, { next: 1 });
    expect(found).toMatchObject({ kind: "polynomial", used: 4, spare: 8, next: [208012n] });
    // x y^2 - y + 1 = 0
    expect(found.algebraic?.coefficients.map((q) => q.map(Number))).toEqual([
      [1, 0],
      [-1, 0],
      [0, 1],
    ]);
    expect(minimalRecurrence(motzkin, { next: 1 })).toMatchObject({ kind: "polynomial", next: [853467n] });
  });

  test("the first index is that of the terms", () => {
    const found = minimalRecurrence(factorials.slice(3), { offset: 3, next: 1 });
    expect(found.recurrence?.polynomials).toEqual([
      [1n, 0n],
      [0n, -1n],
    ]);
    expect(found.next).toEqual([3628800n]);
  });

  test("primes have none that spare terms would believe", () => {
    expect(minimalRecurrence([2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53]).kind).toBe("none");
  });

  test.each([
    ["too few terms", () => minimalRecurrence([1, 2, 3]), RangeError],
    ["half a term", () => minimalRecurrence([1, 2, 3, 0.5]), TypeError],
    ["no spare terms", () => minimalRecurrence([1, 2, 3, 4], { spare: 0 }), RangeError],
  ])("%s is refused", (_, call, type) => {
    expect(call).toThrow(type);
  });

  test("programs", () => {
    const found = minimalRecurrence([0, 1, 1, 2, 3, 5, 8]);
    expect(formatRecurrence(found, "pari")).toContain("my(v = [0, 1], n)");
    expect(formatRecurrence(found, "sage")).toContain("v.append((-(-1)*v[-1] -(-1)*v[-2])/(1))");
    expect(formatRecurrence(found, "mathematica")).toContain("v = {0, 1}");
    expect(JSON.parse(formatRecurrence(found, "json"))).toMatchObject({ kind: "constant", used: 4 });
  });
});

describe("readTerms", () => {
  test("a b-file with comments and any first index", () => {
    expect(readTerms("# A000045\n\n-1 1\n0 0\n1 1\n2 1 # the first 1 again\n")).toEqual({
      offset: -1,
      terms: [1n, 0n, 1n, 1n],
      notices: [],
    });
  });
  test("a gap is reported", () => {
    const { terms, notices } = readTerms("1 5\n2 6\n5 9\n");
    expect(terms).toEqual([5n, 6n]);
    expect(notices).toEqual(["indices 3 to 4 are missing: the 1 terms after the gap are left out"]);
  });
  test("what is no integer, and an index twice", () => {
    expect(() => readTerms("1 2\nx 3\n")).toThrow("line 2: x is no integer");
    expect(() => readTerms("1 2\n1 3\n")).toThrow("index 1 comes twice");
  });
});
