import { expect, test } from "vitest";
import { stop } from "../../../src/systems/state-tracking/tour.js";
import { openFor, wasmBackends } from "../../support/engines.js";
import { runStop } from "../../support/tour.js";

const engine = openFor(wasmBackends[0]!);

test("the stop of state tracking holds its checks and leaves nothing behind", async () => {
  const result = await runStop(stop, engine());
  expect(result.checks.length).toBe(5);
  expect(result.summary).toBe("5 of 5 automata equal their recurrences in every one of up to 64 states");
});
