/** ESMA against the numbers of section 7 of its sheet. */
import { beforeAll, describe, expect, test } from "vitest";
import { e, parseConstant, pi } from "../../../src/exact/index.js";
import {
  type Constant,
  conjecture,
  leftSides,
  openRecurrenceSearch,
  type SearchKernels,
  signWords,
} from "../../../src/systems/recurrence-search/index.js";
import { openFor, wasmBackends } from "../../support/engines.js";

const engine = openFor(wasmBackends[0]!);
let kernels: SearchKernels;
beforeAll(async () => {
  kernels = await openRecurrenceSearch(engine());
});

describe("enumeration", () => {
  test.each([
    [1, 1, 12],
    [1, 2, 112],
    [1, 3, 504],
    [1, 4, 1368],
    [2, 1, 132],
  ])("left sides of degree %i, coefficients up to %i: %i", (degree, coefficients, count) => {
    expect(leftSides(degree, coefficients).length).toBe(count);
  });

  test("sign words", () => {
    const counts = [1, 2, 3, 4, 5, 6].map(
      (length) => signWords(1, length).filter((word) => word.length === length).length,
    );
    expect(counts).toEqual([2, 2, 6, 12, 30, 54]);
    expect(signWords(2, 2).length).toBe(4);
  });
});

describe("the search of degree 1, coefficients up to 2, periods 1 to 3", () => {
  const distinct = (formulas: readonly { side: object; approved: boolean }[]) =>
    new Set(formulas.filter(({ approved }) => approved).map(({ side }) => side)).size;

  test("e: 1120 pairs, 695 hits, all approved, 30 without a pre-period, 88 left sides", () => {
    const found = conjecture(e, { kernels });
    expect(found).toMatchObject({ pairs: 1120, hits: 695, approved: 695, uncertain: 0, rational: 0 });
    expect(distinct(found.formulas)).toBe(88);
    const pure = found.formulas.filter(({ recurrence }) => recurrence.connection.length - 1 === recurrence.complexity);
    expect(pure.length).toBe(30);
    const best = found.formulas.reduce((a, b) => (b.rate > a.rate ? b : a));
    expect(best.rate).toBeCloseTo(5.4905, 3);
  });

  test("pi: 36 hits, none approved", () => {
    expect(conjecture(pi, { kernels })).toMatchObject({ pairs: 1120, hits: 36, approved: 0 });
  });
});

test("terms, complexity and rate of e itself", () => {
  const { formulas } = conjecture(e, { kernels, sides: [{ numerator: [0n, 1n], denominator: [1n] }], periods: [1, 2] });
  const row = (signs: string) => formulas.find((f) => String(f.signs) === signs);
  expect(row("1")).toMatchObject({ recurrence: { complexity: 7, connection: [1n, 0n, 0n, -2n, 0n, 0n, 1n] } });
  expect(row("1")?.rate).toBeCloseTo(1.5192, 4);
  expect(row("1,-1")).toMatchObject({ recurrence: { complexity: 8, connection: [1n, 0n, -2n, 0n, 1n] } });
  expect(row("1,-1")?.terms.slice(0, 12).map(Number)).toEqual([2, 2, 1, 2, 2, 5, 2, 7, 2, 9, 2, 11]);
  expect(row("1,-1")?.rate).toBeCloseTo(2.4458, 4);
  expect(row("-1,1")?.recurrence.complexity).toBe(5);
  expect(row("-1,1")?.rate).toBeCloseTo(2.4516, 4);
  expect(row("-1")).toBeUndefined();
});

test("a constant made up here: a Moebius map of e", () => {
  const pick = () => BigInt(1 + Math.floor(Math.random() * 5));
  let [a, b, c, d] = [1n, 1n, 1n, 1n];
  while (a * d === b * c) [a, b, c, d] = [pick(), pick(), pick(), pick()];
  const made: Constant = {
    name: "made up",
    enclose(bits) {
      const { lo, hi } = e.enclose(bits + 16);
      const one = 1n << BigInt(bits + 16);
      const at = (x: bigint) => ((a * x + b * one) << BigInt(bits)) / (c * x + d * one);
      const ends = [at(lo), at(hi)].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0)) as [bigint, bigint];
      return { lo: ends[0] - 1n, hi: ends[1] + 1n, bits };
    },
  };
  // The box of coefficients up to 5 holds the inverse map, so e itself is among the left sides: three of its four sign words
  // of periods 1 and 2 give a formula. A smaller box need not hold any.
  const found = conjecture(made, { kernels, coefficients: 5, periods: [1, 2], digits: 200 });
  expect(found.approved, `(${a} e + ${b}) / (${c} e + ${d})`).toBeGreaterThanOrEqual(3);
});

test("the square root of 2: every pair is a hit", () => {
  const found = conjecture(parseConstant("sqrt(2)"), { kernels, coefficients: 1, digits: 200 });
  expect(found.hits).toBe(found.pairs);
});

test.each([
  ["degree", { degree: 0 }],
  ["coefficients", { coefficients: 0 }],
  ["periods", { periods: [2, 1] as const }],
  ["depth", { depth: 7 }],
  ["digits", { digits: 0 }],
])("%s out of range is refused by name", (name, options) => {
  expect(() => conjecture(e, options)).toThrow(RangeError);
  expect(() => conjecture(e, options)).toThrow(name);
});

test("a constant that is rational, and one of too few digits, are counted", () => {
  const third: Constant = {
    name: "1/2",
    enclose: (bits) => ({ lo: 1n << BigInt(bits - 1), hi: 1n << BigInt(bits - 1), bits }),
  };
  expect(conjecture(third, { coefficients: 1, periods: [1, 1] }).rational).toBeGreaterThan(0);
  const short: Constant = { ...e, knownBits: 24 };
  const { uncertain, hits, pairs } = conjecture(short, { coefficients: 1, periods: [1, 1] });
  expect([uncertain, hits]).toEqual([pairs, 0]);
});
