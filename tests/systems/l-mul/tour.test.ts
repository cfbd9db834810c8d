import { expect, test } from "vitest";
import { stop } from "../../../src/systems/l-mul/tour.js";
import { openTargets } from "./backends.js";

const { targets } = await openTargets();

test("the stop runs on every backend and holds all its checks", async () => {
  const progress: number[] = [];
  const { engine } = targets[0]!;
  const result = await stop.run({
    engine,
    backends: ["wasm" as const, ...(engine.gpu ? ["webgpu" as const] : [])].map((name) => ({
      name,
      description: name,
      size: "small" as const,
    })),
    documents: [{ name: "README.md", text: "The quick brown fox jumps over the lazy dog; the dog sleeps.".repeat(5) }],
    signal: new AbortController().signal,
    progress: (fraction) => progress.push(fraction),
  });
  expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(result.checks.length).toBeGreaterThan(7);
  expect(result.tables.map(({ rows }) => rows.length)).toEqual([10, 10]);
  expect(result.summary).toMatch(/off by \d+\.\d %, E4M3/);
  expect(progress[0]).toBe(0);
});
