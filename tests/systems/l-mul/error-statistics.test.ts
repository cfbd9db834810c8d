import { describe, expect, test } from "vitest";
import { bestConstant } from "../../../src/systems/l-mul/correction-table.js";
import { errorStatistics, type StatisticsOptions } from "../../../src/systems/l-mul/error-statistics.js";
import { uniformError } from "../../../src/systems/l-mul/published.js";

/** All pairs of mantissas on a grid of `side` points, shifted by `shift` grid steps. */
function allPairs(side: number, shift = 0): [Float32Array, Float32Array] {
  const at = (i: number): number => 1 + (i + shift) / side;
  const a = Float32Array.from({ length: side * side }, (_, i) => at(Math.floor(i / side)));
  const b = Float32Array.from({ length: side * side }, (_, i) => at(i % side));
  return [a, b];
}

describe("relative error over all pairs of k-bit mantissas", () => {
  for (const form of ["carry", "linear"] as const) {
    test.each([1, 2, 3, 4, 5, 6, 7, 10] as const)(`${form}, k = %d`, (k) => {
      const statistics = errorStatistics(...allPairs(2 ** k), { k, form });
      const { meanRelative, rmsRelative, minRelative, maxRelative } = statistics;
      [meanRelative, rmsRelative, minRelative, maxRelative].forEach((figure, i) => {
        expect(figure).toBeCloseTo(uniformError[form][k][i]!, 6);
      });
    });
  }

  test("without a constant it is Mitchell's product: -1/9 to 0, rms 4.842 %", () => {
    const { rmsRelative, minRelative, maxRelative } = errorStatistics(...allPairs(1024), { offset: 0 });
    expect(rmsRelative).toBeCloseTo(0.04842, 4);
    expect(minRelative).toBeCloseTo(-1 / 9, 12);
    expect(maxRelative).toBe(0);
  });
});

// Half a step off the grid: uniform mantissas of more bits than any table looks at.
describe("corrections beyond the paper", () => {
  test.each([
    [{ offset: bestConstant }, 0.0305],
    [{ table: 2 }, 0.0179],
    [{ table: 3 }, 0.0095],
    [{ table: 4 }, 0.0049],
  ] as [StatisticsOptions, number][])("%o", (options, rms) => {
    expect(errorStatistics(...allPairs(1024, 0.5), options).rmsRelative).toBeCloseTo(rms, 4);
  });
});

describe("the report", () => {
  test("8-bit operands, either path", () => {
    const values = [1, 1.5, -1.75];
    const container = errorStatistics(values, values, { dtype: "e4m3" });
    const native = errorStatistics(values, values, { dtype: "e4m3", fp8Path: "native8" });
    expect(native.meanSquared).toBe(container.meanSquared);
    expect(errorStatistics(values, values, { dtype: "e4m3", table: 3 }).meanSquared).toBe(0);
  });

  test("ordinary multiplication of rounded operands", () => {
    // 1.05 is nearest to 1 in E4M3 and E5M2, and the exact product is that of the numbers as given.
    const { meanRelative } = errorStatistics([1.05], [1.05], { dtype: "e4m3", product: "multiply" });
    expect(meanRelative).toBeCloseTo(1 / 1.05 ** 2 - 1, 12);
  });

  test("counts every pair once, and leaves out what has no relative error", () => {
    const { count, skipped, histogram } = errorStatistics([1, 0, Infinity, 3, Number.NaN], [1, 2, 1, 3, 1], {
      bins: 10,
    });
    expect([count, skipped]).toEqual([2, 3]);
    expect(histogram.counts.reduce((sum, n) => sum + n, 0)).toBe(2);
    expect(histogram.counts[6]).toBe(1);
    expect(errorStatistics([], []).meanRelative).toBeNaN();
  });

  test("bad arguments name themselves", () => {
    expect(() => errorStatistics([1], [1, 2])).toThrow(/argument b has shape \[2\], expected \[1\]/);
    expect(() => errorStatistics([1], [1], { k: 0 })).toThrow(/argument k is 0/);
    expect(() => errorStatistics([1], [1], { bins: 0 })).toThrow(/argument bins/);
    expect(() => errorStatistics([1], [1], { dtype: "i32" as "f32" })).toThrow(/dtype i32/);
  });
});
