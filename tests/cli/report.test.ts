import { describe, expect, test } from "vitest";
import { barPlot } from "../../src/cli/report/bar-plot.js";
import { heatPlot } from "../../src/cli/report/heat-plot.js";
import { linePlot } from "../../src/cli/report/line-plot.js";
import { page } from "../../src/cli/report/page.js";
import { formatNumber, makeScale } from "../../src/cli/report/scale.js";
import type { TourReport } from "../../src/cli/tour/run-tour.js";

describe("axes", () => {
  test.each([
    [0.37, 9.2],
    [-3, 1e6],
    [5, 5],
    [0, 0],
    [1e-12, 3e-12],
  ])("linear ticks enclose [%d, %d]", (low, high) => {
    const scale = makeScale({ label: "y" }, [low, high], 0, 100);
    const ticks = scale?.ticks ?? [];
    expect(ticks[0]).toBeLessThanOrEqual(low);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(high);
    expect(ticks.length).toBeLessThanOrEqual(8);
    expect(scale?.at(low)).toBeGreaterThanOrEqual(0);
    expect(scale?.at(high)).toBeLessThanOrEqual(100);
  });

  test("a log axis leaves out what is not positive, and is absent when nothing is left", () => {
    const axis = { label: "y", scale: "log" } as const;
    expect(makeScale(axis, [-1, 0, Number.NaN], 0, 1)).toBeUndefined();
    expect(makeScale(axis, [0, 0.02, 50], 0, 100)?.ticks).toEqual([0.01, 0.1, 1, 10, 100]);
  });

  test.each([
    [0, "0"],
    [1234, "1234"],
    [0.12345, "0.123"],
    [1.2e-7, "1.2e-7"],
    [1e-7, "1e-7"],
    [123456.7, "1.23e5"],
    [Number.NaN, "NaN"],
  ])("%d is written %s", (value, written) => expect(formatNumber(value)).toBe(written));
});

describe("plots", () => {
  test("a missing bar leaves a gap", () => {
    const svg = barPlot({
      kind: "bar",
      title: "t",
      y: { label: "ms" },
      groups: ["a", "b"],
      series: [{ name: "s", values: [1, Number.NaN] }],
    });
    expect(svg.match(/<rect/g)).toHaveLength(1);
  });

  test("many groups lie in rows, as high as they need", () => {
    const groups = Array.from({ length: 40 }, (_, i) => `g${i}`);
    const svg = barPlot({
      kind: "bar",
      title: "t",
      y: { label: "ms" },
      groups,
      series: [{ name: "", values: groups.map((_, i) => i + 1) }],
    });
    expect(svg.match(/<rect/g)).toHaveLength(40);
    expect(Number(/viewBox="0 0 560 (\d+)"/.exec(svg)?.[1])).toBeGreaterThan(40 * 12);
  });

  test("points of no line are rings alone", () => {
    const series = [
      {
        name: "s",
        points: [
          [1, 1],
          [2, 2],
        ] as const,
        pointsOnly: true,
      },
    ];
    const svg = linePlot({ kind: "line", title: "t", x: { label: "x" }, y: { label: "y" }, series });
    expect(svg.match(/<circle/g)).toHaveLength(2);
    expect(svg).not.toContain("<path");
  });

  test("a line is drawn through the points that have a place", () => {
    const points = [
      [1, 1],
      [2, 0],
      [3, 100],
    ] as const;
    const y = { label: "y", scale: "log" } as const;
    const svg = linePlot({ kind: "line", title: "t", x: { label: "x" }, y, series: [{ name: "s", points }] });
    expect(svg.match(/<circle/g)).toHaveLength(2);
    expect(svg).not.toContain("NaN");
  });

  test("nothing to draw is said in words", () => {
    expect(heatPlot({ kind: "heat", title: "t", xLabel: "x", yLabel: "y", values: [] })).toBe("<p>No values.</p>");
  });
});

test("the page escapes what it shows and opens the checks of a failed stop", () => {
  const report: TourReport = {
    ok: false,
    host: "<script>alert(1)</script>",
    date: "2026-01-01T00:00:00.000Z",
    ms: 1,
    notes: ["a & b"],
    stops: [
      {
        name: "core",
        title: "Core",
        about: "About",
        ok: false,
        ms: 1,
        result: { summary: "s", checks: [{ name: "c", ok: false, error: 2, bound: 1 }], tables: [], plots: [] },
      },
    ],
  };
  const html = page(report);
  expect(html).not.toContain("<script>");
  expect(html).toContain("a &amp; b");
  expect(html).toContain("<details open>");
});
