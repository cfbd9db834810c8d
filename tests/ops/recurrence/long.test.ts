/** Length: 64K steps of the low-rank recurrence and the selective scan, forward and backward, against the oracles. */
import { expect, test } from "vitest";
import { lowRank } from "../../../src/ops/recurrence/low-rank.js";
import { lowRankBackward } from "../../../src/ops/recurrence/low-rank-backward.js";
import { selectiveScan } from "../../../src/ops/recurrence/selective-scan.js";
import { selectiveScanBackward } from "../../../src/ops/recurrence/selective-scan-backward.js";
import { selectiveScanBackwardOracle, selectiveScanOracle } from "../../../src/oracles/recurrence-selective-scan.js";
import { openFor, wasmBackends } from "../../support/engines.js";
import { rmsError } from "../attention-cases.js";
import { prepareLowRank } from "./low-rank-cases.js";
import { prepareScan } from "./selective-scan-cases.js";

const engine = openFor(wasmBackends[0]!);

test.each([
  [1024, 8],
  [65536, 4],
])("lowRank over %i steps", async (steps, k) => {
  const { args, dO, options, expected, dState } = prepareLowRank(engine(), { steps, k, v: 4, gate: true });
  const result = lowRank(...args, options);
  const gradients = lowRankBackward(...args, dO, { ...options, dState });
  for (const [name, tensor] of Object.entries({ ...result, ...gradients })) {
    expect(rmsError(await tensor.data(), expected[name as keyof typeof expected]), name).toBeLessThanOrEqual(1e-5);
  }
});

test.each([
  [1024, 8],
  [65536, 2],
])("selectiveScan over %i steps", async (steps, states) => {
  const given = { batch: 1, channels: 2, steps, states, softplus: true, negative: true, z: true };
  const { tensors, options, input, dY, dState } = prepareScan(engine(), given);
  const { u, delta, a, b, c } = tensors;
  const { y, state } = selectiveScan(u, delta, a, b, c, options);
  const expected = selectiveScanOracle(input);
  expect(rmsError(await y.data(), expected.y)).toBeLessThanOrEqual(1e-5);
  expect(rmsError(await state.data(), expected.state)).toBeLessThanOrEqual(1e-5);
  const gradients = selectiveScanBackwardOracle(input, dY, dState);
  const actual = selectiveScanBackward(u, delta, a, b, c, tensors.dY, { ...options, dState: tensors.dState });
  for (const [name, tensor] of Object.entries(actual)) {
    expect(rmsError(await tensor.data(), gradients[name as "du"]), name).toBeLessThanOrEqual(1e-5);
  }
});
