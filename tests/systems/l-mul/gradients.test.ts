import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bitsOf, lmulOracle, lmulProduct, lmulSlopeOracle, paperRule } from "../../../src/oracles/l-mul.js";
import { gradientModes, lmulGradients, lmulMatmulGradients } from "../../../src/systems/l-mul/gradients.js";
import { lmulSlope } from "../../../src/systems/l-mul/slope.js";
import { difference, openTargets } from "./backends.js";
import { nearNormal } from "./goldens.js";

const { targets, gpuAbsent } = await openTargets();
test("the software GPU is there", ({ skip }) => skip(gpuAbsent !== undefined, gpuAbsent));

const product = lmulProduct(paperRule);
const slope = (x: number, y: number) => lmulSlopeOracle(paperRule, x, y);

test("the oracle's slope is the difference quotient inside a linear piece", () => {
  const magnitude = fc.double({ min: 0.01, max: 100, noNaN: true });
  fc.assert(
    fc.property(magnitude, magnitude, fc.boolean(), (x0, y0, negative) => {
      const [x, y] = [Math.fround(x0), Math.fround(negative ? -y0 : y0)];
      const step = 2 ** (Math.floor(Math.log2(x)) - 12);
      // Both ends on one piece: neither the exponent of x nor the carries change.
      fc.pre(slope(x, y) === slope(x + step, y) && Math.floor(Math.log2(x)) === Math.floor(Math.log2(x + step)));
      const ends = [x, x + step].map((at) => product(Math.fround(at), y));
      expect((ends[1]! - ends[0]!) / step).toBeCloseTo(slope(x, y), 1);
    }),
  );
  expect(lmulOracle(paperRule, bitsOf(1), bitsOf(1))).toBe(bitsOf(1.0625));
});

describe.each(targets)("$name", ({ engine, on }) => {
  test("slopes, with carries, signs, zeros and special values", async () => {
    const x = [1, 1.5, 1.75, -1.75, 0, 3, 1, 1, Number.NaN, 1e38, Infinity];
    const y = [1, 1.5, 1.9375, -1.9375, -2, 0, Number.NaN, Infinity, 1, 3e38, 1];
    const s = await lmulSlope(engine.tensor(x), engine.tensor(y), { on }).data();
    expect([...s]).toEqual(x.map((value, i) => slope(value, y[i]!)));
    expect([...s.slice(0, 6)]).toEqual([1, 2, 2, -2, -2, 0]);
    const linear = await lmulSlope(engine.tensor([1.75]), engine.tensor([1.75]), { form: "linear", on }).data();
    expect([...linear]).toEqual([1]);
  });

  test.each(gradientModes)("elementwise, %s", async (mode) => {
    const [a, b, g] = [nearNormal(1, 50), nearNormal(2, 50), nearNormal(3, 50)];
    const tensors = [a, b, g].map((x) => engine.tensor(x, { shape: [5, 10] })) as [never, never, never];
    const gradients = lmulGradients(...tensors, { mode, on });
    const rule = { "straight-through": (_: number, y: number) => y, exact: slope, mimic: undefined }[mode];
    const expected = (x: Float32Array, y: Float32Array) =>
      g.map((up, i) => (rule ? Math.fround(up * rule(x[i]!, y[i]!)) : product(up, y[i]!)));
    expect(difference(await gradients.a.data(), expected(a, b))).toBeUndefined();
    expect(difference(await gradients.b.data(), expected(b, a))).toBeUndefined();
  });

  test.each(gradientModes)("matrix products in a batch, %s", async (mode) => {
    const [B, m, k, n] = [2, 5, 7, 9];
    const [a, b, g] = [nearNormal(1, B * m * k), nearNormal(2, B * k * n), nearNormal(3, B * m * n)];
    const gradients = lmulMatmulGradients(
      engine.tensor(a, { shape: [B, m, k] }),
      engine.tensor(b, { shape: [B, k, n] }),
      engine.tensor(g, { shape: [B, m, n] }),
      { mode, on },
    );
    expect([gradients.a.shape, gradients.b.shape]).toEqual([
      [B, m, k],
      [B, k, n],
    ]);
    const term = (up: number, x: number, y: number) =>
      mode === "exact" ? up * slope(x, y) : mode === "mimic" ? product(up, y) : up * y;
    const [da, db] = [await gradients.a.data(), await gradients.b.data()];
    const close = (actual: number, terms: number[]) => {
      const magnitude = terms.reduce((s, t) => s + Math.abs(t), 0);
      const sum = terms.reduce((s, t) => s + t, 0);
      expect(Math.abs(actual - sum)).toBeLessThanOrEqual(2 ** -23 * terms.length * magnitude);
    };
    for (let e = 0; e < B; e++) {
      const [A, C, G] = [e * m * k, e * k * n, e * m * n];
      for (let p = 0; p < k; p++) {
        for (let i = 0; i < m; i++) {
          const terms = Array.from({ length: n }, (_, j) =>
            term(g[G + i * n + j]!, a[A + i * k + p]!, b[C + p * n + j]!),
          );
          close(da[A + i * k + p]!, terms);
        }
        for (let j = 0; j < n; j++) {
          const terms = Array.from({ length: m }, (_, i) =>
            term(g[G + i * n + j]!, b[C + p * n + j]!, a[A + i * k + p]!),
          );
          close(db[C + p * n + j]!, terms);
        }
      }
    }
  });

  test("bad arguments name themselves", () => {
    const [x, wide] = [engine.tensor([1, 2]), engine.tensor([1, 2, 3])];
    expect(() => lmulGradients(x, wide, x, { mode: "exact" })).toThrow(/argument b has shape \[3\]/);
    expect(() => lmulGradients(x, x, wide, { mode: "exact" })).toThrow(/argument g/);
    expect(() => lmulGradients(x, x, x, { mode: "x" as "exact" })).toThrow(/argument mode is x/);
    expect(() => lmulGradients(engine.tensor(Int32Array.of(1, 2)), x, x, { mode: "mimic" })).toThrow(/argument a/);
    expect(() => lmulMatmulGradients(x, x, x, { mode: "mimic" })).toThrow(/at least two axes/);
  });
});
