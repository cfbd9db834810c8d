/** A stop of the tour, run small on the CPU: its operations are tried on the GPU by their own tests. */
import { expect } from "vitest";
import type { Engine } from "../../src/engine/engine.js";
import type { TourResult, TourStop } from "../../src/systems/tour-stop.js";
import { heldBy, wasmBackends } from "./engines.js";

/** Runs a stop on an engine of `wasmBackends[0]`, and expects that its checks hold and that it leaves nothing behind. */
export async function runStop(stop: TourStop, engine: Engine): Promise<TourResult> {
  const [backend] = wasmBackends;
  const before = heldBy(engine);
  const result = await stop.run({
    engine,
    backends: [{ name: "wasm", description: backend!.name, size: "small" }],
    documents: [{ name: "README.md", text: "The quick brown fox jumps over the lazy dog; the dog sleeps." }],
    signal: new AbortController().signal,
    progress: () => {},
  });
  expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(heldBy(engine)).toBe(before);
  return result;
}
