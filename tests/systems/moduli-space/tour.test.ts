import { expect, test } from "vitest";
import { stop } from "../../../src/systems/moduli-space/tour.js";
import { openFor, wasmBackends } from "../../support/engines.js";
import { runStop } from "../../support/tour.js";

const engine = openFor(wasmBackends[0]!);

test("the stop of the moduli spaces holds its checks and leaves nothing behind", async () => {
  const result = await runStop(stop, engine());
  expect(result.checks.map(({ error }) => error)).toEqual([0, 0, 0]);
  expect(result.summary).toContain("31703 exact numbers");
});
