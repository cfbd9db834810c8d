import { describe, expect, test } from "vitest";
import { adderGates, energy, energyPj, lmulGates, multiplierGates } from "../../../src/systems/l-mul/cost-model.js";
import { approximationError, publishedTable7, truncationError } from "../../../src/systems/l-mul/theory.js";

const ks = [1, 2, 3, 4, 5, 6];

describe("mean-error formulas", () => {
  test("f1 for seven bits, as exact fractions of 65536", () => {
    expect(ks.map((k) => truncationError(7, k) * 65536)).toEqual([44289, 22785, 11265, 5313, 2289, 765]);
  });

  test("f1 + f2 with the constant l = 4, which the paper's Table 7 used, and with l(k)", () => {
    const sum = (l: 4 | "by-k") => ks.map((k) => Number((truncationError(7, k) + approximationError(k, l)).toFixed(5)));
    expect(sum(4)).toEqual([0.6758, 0.4258, 0.3008, 0.2383, 0.20705, 0.19142]);
    expect(sum("by-k")).toEqual([0.2383, 0.2383, 0.2383, 0.1758, 0.20705, 0.19142]);
  });

  test("the printed even rows (0.20 is printed for 0.207)", () => {
    ks.forEach((k, i) => {
      expect(Math.abs(truncationError(7, k) - publishedTable7.evenF1[i]!)).toBeLessThan(0.0075);
      expect(Math.abs(truncationError(7, k) + approximationError(k, 4) - publishedTable7.evenSum[i]!)).toBeLessThan(
        0.0075,
      );
    });
  });

  test("bad arguments name themselves", () => {
    expect(() => truncationError(7, 8)).toThrow(/argument k is 8/);
    expect(() => truncationError(24, 1)).toThrow(/argument m/);
    expect(() => approximationError(0)).toThrow(/argument k/);
  });
});

describe("cost model", () => {
  test("the paper's ratios", () => {
    expect(energy("f32", { products: 1 }).ratio).toBeCloseTo(1 / 37, 10);
    const dot = energy("f32", { products: 1, sums: 1 });
    expect(dot.multiplyPj).toBeCloseTo(4.6, 12);
    expect(dot.lmulPj).toBe(1);
    expect(dot.ratio).toBeCloseTo(0.217, 3);
    expect(1 - energy("f16", { products: 1, sums: 1 }).ratio).toBeCloseTo(0.7, 3);
    expect([energyPj.int8Mul, energyPj.fp8Mul, energyPj.lmul16]).toEqual([0.2, [0.25, 0.4], 0.06]);
  });

  test("gates of multipliers and of L-Mul units", () => {
    expect([multiplierGates(10), multiplierGates(3), multiplierGates(2)]).toEqual([584, 325, 296]);
    expect([lmulGates(7), lmulGates(11), lmulGates(16), lmulGates(15)]).toEqual([157, 201, 256, 245]);
    expect(adderGates(1)).toBe(5);
  });

  test("bad arguments name themselves", () => {
    expect(() => energy("f32", { products: -1 })).toThrow(/argument products/);
    expect(() => energy("f32", { products: 1, sums: Number.NaN })).toThrow(/argument sums/);
    expect(() => energy("f8" as "f16", { products: 1 })).toThrow(/argument width/);
    expect(() => multiplierGates(0)).toThrow(/argument mantissa/);
    expect(() => lmulGates(0.5)).toThrow(/argument adderBits/);
  });
});
