import { expect, test } from "vitest";
import { stop } from "../../../src/systems/l-mul/tour.js";
import { openTargets } from "./backends.js";

const { targets } = await openTargets();
const text = "The quick brown fox jumps over the lazy dog; the dog sleeps.".repeat(5);

// The second engine differs from the first in the number of threads only.
test.each(targets.filter((_, i) => i !== 1))(
  "the stop runs on $on and holds all its checks",
  async ({ engine, on }) => {
    const progress: number[] = [];
    const result = await stop.run({
      engine,
      backends: [{ name: on, description: on, size: "small" }],
      documents: [{ name: "README.md", text }],
      signal: new AbortController().signal,
      progress: (fraction) => progress.push(fraction),
    });
    expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(result.checks.length).toBe(7);
    expect(result.tables.map(({ rows }) => rows.length)).toEqual([10, 10]);
    expect(result.summary).toMatch(/off by \d+\.\d %, E4M3/);
    expect(progress[0]).toBe(0);
  },
);
