import { describe, expect, test } from "vitest";
import { stop } from "../../../src/systems/lightnet/tour.js";
import { openFor, wasmBackends } from "../../support/engines.js";

// On the CPU only: its operations are tried on the GPU by their own tests, at sizes that a software adapter compiles fast.
describe("the LightNet stop", () => {
  const backend = wasmBackends[0]!;
  const engine = openFor(backend);

  test("holds its checks and leaves nothing behind", async () => {
    const before = engine().memory().tensors;
    const result = await stop.run({
      engine: engine(),
      backends: [{ name: backend.on, description: backend.name, size: "small" }],
      documents: [{ name: "README.md", text: "The quick brown fox jumps over the lazy dog; the dog sleeps." }],
      signal: new AbortController().signal,
      progress: () => {},
    });
    expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(result.checks.length).toBe(2);
    expect(result.summary).toMatch(/4 x 4 x 4 grid takes .* ms in one scan/);
    expect(engine().memory().tensors).toBe(before);
  });
});
