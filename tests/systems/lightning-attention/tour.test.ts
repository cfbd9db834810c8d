import { expect, test } from "vitest";
import { stop } from "../../../src/systems/lightning-attention/tour.js";
import { openFor, wasmBackends } from "../../support/engines.js";
import { runStop } from "../../support/tour.js";

const engine = openFor(wasmBackends[0]!);

test("the stop of Lightning Attention-2 holds its checks and leaves nothing behind", async () => {
  const result = await runStop(stop, engine());
  expect(result.checks.length).toBe(2);
  expect(result.summary).toMatch(/^128 tokens take .* us each/);
});
