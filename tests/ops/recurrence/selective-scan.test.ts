import { describe, expect, test } from "vitest";
import { selectiveScan } from "../../../src/ops/recurrence/selective-scan.js";
import { selectiveScanBackward } from "../../../src/ops/recurrence/selective-scan-backward.js";
import {
  type SelectiveScanInput,
  selectiveScanBackwardOracle,
  selectiveScanOracle,
} from "../../../src/oracles/recurrence-selective-scan.js";
import { randomArray } from "../../support/arrays.js";
import { openFor, type TestBackend, wasmBackends } from "../../support/engines.js";
import { rmsError } from "../attention-cases.js";
import { prepareScan, type SelectiveScanCase, selectiveScanCases } from "./selective-scan-cases.js";

/** See `bound` of the operations. */
const tolerance = 1e-5;

describe.each(wasmBackends)("selectiveScan on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  async function check(given: SelectiveScanCase) {
    const before = engine().memory().tensors;
    const { tensors, options, input, dY, dState } = prepareScan(engine(), given);
    const { u, delta, a, b, c } = tensors;
    const label = JSON.stringify(given);
    const result = selectiveScan(u, delta, a, b, c, options);
    const expected = selectiveScanOracle(input);
    expect(rmsError(await result.y.data(), expected.y), `y of ${label}`).toBeLessThanOrEqual(tolerance);
    expect(rmsError(await result.state.data(), expected.state), `state of ${label}`).toBeLessThanOrEqual(tolerance);
    const actual = selectiveScanBackward(u, delta, a, b, c, tensors.dY, { ...options, dState: tensors.dState });
    const gradients = selectiveScanBackwardOracle(input, dY, dState);
    for (const [name, tensor] of Object.entries(actual)) {
      const wanted = gradients[name as keyof typeof gradients];
      expect(rmsError(await tensor.data(), wanted), `${name} of ${label}`).toBeLessThanOrEqual(tolerance);
    }
    for (const tensor of [...Object.values(tensors), ...Object.values(result), ...Object.values(actual)])
      tensor.dispose();
    expect(engine().memory().tensors).toBe(before);
  }

  test.each(selectiveScanCases)("%j", check);
});

test("the oracle's gradients are those of its forward pass, by central differences", () => {
  const random = (n: number, seed: number) => randomArray([n], "f64", seed).values;
  const input = {
    ...{ batch: 2, channels: 2, states: 2, steps: 3, groups: 1, softplus: true, negativeEigenvalues: true },
    ...{ u: random(12, 1), delta: random(12, 2), a: random(4, 3), b: random(12, 4), c: random(12, 5) },
    ...{ d: random(2, 6), z: random(12, 7), deltaBias: random(2, 8), initialState: random(8, 9) },
  } satisfies SelectiveScanInput;
  const [dY, dState] = [random(12, 10), random(8, 11)];
  const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  const loss = () => {
    const { y, state } = selectiveScanOracle(input);
    return dot(y, dY) + dot(state, dState);
  };
  const gradients = selectiveScanBackwardOracle(input, dY, dState);
  for (const [array, gradient] of [
    [input.u, gradients.du],
    [input.delta, gradients.dDelta],
    [input.a, gradients.dA],
    [input.b, gradients.dB],
    [input.c, gradients.dC],
    [input.d, gradients.dD],
    [input.z, gradients.dZ],
    [input.deltaBias, gradients.dDeltaBias],
    [input.initialState, gradients.dInitialState],
  ] as const) {
    gradient.forEach((expected, i) => {
      const [at, step] = [array[i]!, 1e-6];
      array[i] = at + step;
      const above = loss();
      array[i] = at - step;
      const below = loss();
      array[i] = at;
      expect((above - below) / (2 * step)).toBeCloseTo(expected, 7);
    });
  }
});
