import { describe, expect, test } from "vitest";
import { selectiveScan } from "../../../src/ops/recurrence/selective-scan.js";
import { selectiveScanBackward } from "../../../src/ops/recurrence/selective-scan-backward.js";
import { selectiveScanBackwardOracle, selectiveScanOracle } from "../../../src/oracles/recurrence-selective-scan.js";
import { gpuBackend, openFor } from "../../support/engines.js";
import { rmsError } from "../attention-cases.js";
import { prepareScan, selectiveScanCases } from "./selective-scan-cases.js";

describe(`selectiveScan on ${gpuBackend.name}`, () => {
  const engine = openFor(gpuBackend);

  // Every pipeline takes the software adapter seconds: a case for each variant is enough.
  const cases = selectiveScanCases.filter(
    ({ steps, states = 4 }) => [0, 18, 77, 130, 20].includes(steps) || states === 2,
  );

  test.each(cases)("%j", async (given) => {
    const { tensors, options, input, dY, dState } = prepareScan(engine(), given);
    const { u, delta, a, b, c } = tensors;
    const result = selectiveScan(u, delta, a, b, c, options);
    const expected = selectiveScanOracle(input);
    expect(rmsError(await result.y.data(), expected.y), "y").toBeLessThanOrEqual(1e-5);
    expect(rmsError(await result.state.data(), expected.state), "state").toBeLessThanOrEqual(1e-5);
    const gradients = selectiveScanBackwardOracle(input, dY, dState);
    const actual = selectiveScanBackward(u, delta, a, b, c, tensors.dY, { ...options, dState: tensors.dState });
    for (const [name, tensor] of Object.entries(actual)) {
      const wanted = gradients[name as keyof typeof gradients];
      expect(rmsError(await tensor.data(), wanted), name).toBeLessThanOrEqual(1e-5);
    }
  });

  test("packed sequences, an empty one among them, are scans of their own", async () => {
    const { tensors, options, input } = prepareScan(engine(), { batch: 1, steps: 90, initialState: false, z: true });
    const { u, delta, a, b, c } = tensors;
    const starts = [0, 70, 70, 90];
    const { y, state } = selectiveScan(u, delta, a, b, c, { ...options, cuSeqlens: starts });
    const [ys, states] = [await y.data(), await state.data()];
    for (let s = 0; s < 3; s++) {
      const [from, to] = [starts[s] as number, starts[s + 1] as number];
      const part = (x: ArrayLike<number>) => Float64Array.from(x).filter((_, i) => i % 90 >= from && i % 90 < to);
      const [pu, pd, pb, pc] = [input.u, input.delta, input.b, input.c].map(part) as Float64Array[];
      const own = { ...input, steps: to - from, u: pu!, delta: pd!, b: pb!, c: pc!, z: part(input.z as Float64Array) };
      const expected = selectiveScanOracle(own);
      expect(rmsError(part(ys), expected.y)).toBeLessThanOrEqual(1e-5);
      expect(rmsError(states.subarray(12 * s, 12 * s + 12), expected.state)).toBeLessThanOrEqual(1e-5);
    }
  });
});
