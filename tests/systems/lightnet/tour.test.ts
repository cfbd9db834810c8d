import { expect, test } from "vitest";
import { stop } from "../../../src/systems/lightnet/tour.js";
import { openFor, wasmBackends } from "../../support/engines.js";
import { runStop } from "../../support/tour.js";

const engine = openFor(wasmBackends[0]!);

test("the LightNet stop holds its checks and leaves nothing behind", async () => {
  const result = await runStop(stop, engine());
  expect(result.checks.length).toBe(2);
  expect(result.summary).toMatch(/4 x 4 x 4 grid takes .* ms in one scan/);
});
