import { describe, expect, test } from "vitest";
import { InputError } from "../../../src/backends/contract.js";
import { type SlopeOptions, slopes } from "../../../src/systems/lightning-attention/slopes.js";

const list = (heads: number, options?: SlopeOptions) => [...slopes(heads, options)];

function expectClose(actual: readonly number[], expected: readonly number[]) {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 9);
}

describe("slope schedules, section 7 of the sheet", () => {
  const eight = [0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625];

  test("geometric, heads a power of two and not", () => {
    expectClose(list(8), eight);
    expectClose(list(12), [...eight, 2 ** -0.5, 2 ** -1.5, 2 ** -2.5, 2 ** -3.5]);
    expectClose(list(1), [2 ** -8]);
  });

  test("geometric-strict keeps one formula", () => {
    expectClose(list(8, { schedule: "geometric-strict" }), eight);
    const twelve = list(12, { schedule: "geometric-strict" });
    expect(twelve[0]).toBeCloseTo(0.62996052, 8);
    expect(twelve[11]).toBeCloseTo(0.00390625, 12);
  });

  test.each([
    [0, 0.500005, 0.00390628906],
    [12, 0.23913543, 0.00186825],
    [23, 5.0e-6, 3.90625e-8],
  ])("geometric, layer %i of 24", (layer, first, last) => {
    const values = list(8, { layer, layers: 24 });
    expect(values[0]! / first).toBeCloseTo(1, 5);
    expect(values[7]! / last).toBeCloseTo(1, 5);
  });

  test("linear, layer 12 of 24", () => {
    const values = list(8, { schedule: "linear", layer: 12, layers: 24 });
    expectClose([values[0]!, values[1]!, values[7]!], [0, 0.5, 3.5]);
  });

  test("none, and a single layer", () => {
    expect(list(3, { schedule: "none", layer: 0, layers: 1 })).toEqual([0, 0, 0]);
    expectClose(list(8, { layer: 0, layers: 1 }).slice(0, 1), [0.5 * (1 + 1e-5)]);
  });

  test.each([
    [0, {}, "heads"],
    [2.5, {}, "heads"],
    [4, { schedule: "cubic" as "linear" }, "schedule"],
    [4, { layer: 1 }, "layers"],
    [4, { layers: 2 }, "layer"],
    [4, { layer: 2, layers: 2 }, "layer"],
    [4, { layer: 0, layers: 0 }, "layers"],
  ])("%d heads, %j: argument %s", (heads, options, argument) => {
    expect(() => slopes(heads, options)).toThrow(InputError);
    expect(() => slopes(heads, options)).toThrow(`argument ${argument} `);
  });
});
