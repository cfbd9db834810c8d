import { describe, expect, test } from "vitest";
import { gcd } from "../../../src/exact/integers/gcd.js";
import {
  authorsRule,
  convergentAt,
  convergents,
  decimals,
  delta,
  fractionValue,
  reductionSamples,
} from "../../../src/systems/matrix-fields/convergents.js";
import {
  convergence,
  deflate,
  deflateAll,
  fraction,
  inflate,
  singularPoints,
} from "../../../src/systems/matrix-fields/fraction.js";
import { format, integerRoots, multiply, polynomial } from "../../../src/systems/matrix-fields/polynomial.js";

const apery = fraction([5, 27, 51, 34], [0, 0, 0, 0, 0, 0, -1]);

describe("Apery's fraction, matrix-field sheet section 9", () => {
  const rows = [
    [5n, 1n, 1n],
    [584n, 117n, 1n],
    [312120n, 62531n, 1n],
    [456205824n, 91397560n, 8n],
    [1415240640000n, 283533296824n, 8n],
    [8010210009600000n, 1604788039632960n, 77760n],
    [74805403492431360000n, 14986725276952656576n, 15552n],
  ] as const;
  test("p, q and gcd of n = 0..6, by recurrence and by tree", () => {
    const walk = convergents(apery);
    for (const [n, [p, q, common]] of rows.entries()) {
      expect(walk.next().value).toEqual({ p, q });
      expect(convergentAt(apery, n)).toEqual({ p, q });
      expect(gcd(p, q)).toBe(common);
    }
  });
});

/** PCF, v200, v400, v600, verdict of the authors' rule, delta at n = 100. */
const samples = [
  ["6n+3, -n^2", fraction([3, 6], [0, 0, -1]), [-0.930525, -0.872637, -0.960479], 400, 0.352502182],
  ["2n+1, n^2", fraction([1, 2], [0, 0, 1]), [-1.208843, -1.295578, -1.266352], 400, -0.160889482],
  [
    "6n^3+9n^2+5n+1, -n^6",
    fraction([1, 5, 9, 6], [0, 0, 0, 0, 0, 0, -1]),
    [-4.117095, -4.233686, -4.240646],
    600,
    -0.379356074,
  ],
  [
    "5n^2+6n+2, -4n^4+2n^3",
    fraction([2, 6, 5], [0, 0, 0, 2, -4]),
    [-1.524031, -1.518401, -1.545886],
    400,
    -0.513994126,
  ],
  ["3n^2+3n+1, -2n^4", fraction([1, 3, 3], [0, 0, 0, 0, -2]), [-3.211885, -3.256557, -3.280419], 400, -0.815787166],
  ["1, 1", fraction([1], [1]), [0, 0, 0], 400, 1.016835943],
] as const;

test.each(samples)("samples, verdict and delta of %s", (_, pcf, v, depth, delta100) => {
  const found = reductionSamples(pcf, [200, 400, 600]);
  for (const [k, value] of v.entries()) expect(found[k]).toBeCloseTo(value, 6);
  expect(authorsRule(pcf)).toEqual({ reduces: true, depth });
  const limit = convergentAt(pcf, 3000);
  if (convergence(pcf).kind === "exponential") {
    expect(delta(convergentAt(pcf, 100), { num: limit.p, den: limit.q })).toBeCloseTo(delta100, 8);
  }
});

test.each([
  ["n+3, -n", fraction([3, 1], [0, -1])],
  ["n^2+n+1, n^3+1", fraction([1, 1, 1], [1, 0, 0, 1])],
])("%s does not reduce by the authors' rule", (_, pcf) => {
  expect(authorsRule(pcf)).toEqual({ reduces: false, depth: 1400 });
});

test("values", () => {
  const value = fractionValue(apery, undefined, 60);
  // 6 / zeta(3)
  if (value.kind !== "limit") throw new Error(value.kind);
  const zeta3 = 120205690315959428539973816151144999076498629234049n;
  const product = (value.value.num * zeta3) / value.value.den;
  expect(product / 10n ** 10n).toBe(6n * 10n ** 40n - 1n);
  expect(fractionValue(fraction([2, 1], [-3, 1]), 3n)).toMatchObject({ kind: "rational" });
  expect(fractionValue(fraction([1], [-1]), undefined, 10, 512).kind).toBe("none");
  expect(decimals({ num: -1n, den: 3n }, 4)).toBe("-0.3333");
});

test("deflation undoes inflation", () => {
  const c = polynomial([1, 3, 1]);
  expect(deflate(inflate(apery, c), c)).toEqual(apery);
  const raw = inflate(inflate(apery, polynomial([0, 6])), polynomial([2, 1]));
  expect(deflateAll(raw)).toMatchObject(apery);
  expect(() => deflate(apery, polynomial([7, 1]))).toThrow("cannot be taken out");
});

test("convergence by degrees and leading coefficients", () => {
  expect(convergence(apery)).toMatchObject({ kind: "exponential" });
  expect(convergence(fraction([1], [-1])).kind).toBe("none");
  expect(convergence(fraction([0, 2], [0, 0, -1])).kind).toBe("polynomial");
  expect(convergence(fraction([3, 1], [0, -1])).kind).toBe("super-exponential");
});

test("integer roots and singular points", () => {
  expect(integerRoots(multiply(polynomial([-6, 1, 1]), polynomial([4, -4, 1])))).toEqual([-3n, 2n]);
  expect(singularPoints(fraction([1], [-12, 1, 1]))).toEqual([3n]);
  expect(format(polynomial([5, -27, 0, 1]))).toBe("n^3 - 27n + 5");
});

test("bad input", () => {
  expect(() => fraction([1], [0, 0])).toThrow("zero polynomial");
  expect(() => fraction([0.5], [1])).toThrow("not a whole number");
  expect(() => convergentAt(apery, -1)).toThrow(RangeError);
  expect(() => reductionSamples(apery, [10, 10])).toThrow(RangeError);
});
