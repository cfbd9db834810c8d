/** The delta rule over long sequences and over keys that make it hard, forward and backward. */
import { describe, expect, test } from "vitest";
import { delta } from "../../../src/ops/recurrence/delta.js";
import { deltaBackward } from "../../../src/ops/recurrence/delta-backward.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { openFor, type TestBackend, wasmBackends } from "../../support/engines.js";
import { rmsRatio } from "../../support/golden.js";
import { type DeltaCase, prepareDelta } from "./delta-cases.js";

/** See `bound` of the operations. */
const tolerance = 1e-5;

const small = { batch: 1, heads: 1, k: 16, v: 8, initialState: true } as const;
const wide = { batch: 1, heads: 1, k: 64, v: 48, initialState: true } as const;

const cases: readonly DeltaCase[] = [
  { ...wide, steps: 1024 },
  { ...wide, steps: 1024, gate: "head" },
  { ...wide, steps: 1024, gate: "channel", strength: 1 },
  { ...wide, steps: 1024, keys: "equal" },
  { ...wide, steps: 1024, keys: "positive" },
  { ...wide, steps: 1024, keys: "positive", gate: "head", constantGate: -1e-3 },
  { ...small, steps: 1024, gate: "signed channel", resetEvery: 100, householders: 2 },
  { ...small, steps: 65_536 },
  { ...small, steps: 65_536, gate: "head" },
  { ...small, steps: 65_536, gate: "channel", resetEvery: 997 },
];

describe.each(wasmBackends.slice(-1))("delta on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  test.each(
    cases.flatMap((given) => [
      { ...given, form: "sequential" as const },
      { ...given, form: "chunked" as const },
    ]),
  )("%j", async ({ form, ...given }) => {
    const { tensors, options, expected, expectedGradients } = prepareDelta(engine(), given);
    const { q, k, v, beta, dO, dState } = tensors;
    const compare = async (x: Tensor, y: ArrayLike<number>, name: string) =>
      expect(rmsRatio(await x.data(), y), name).toBeLessThanOrEqual(tolerance);
    const { o, state } = delta(q, k, v, beta, { ...options, form });
    const forward = expected();
    await compare(o, forward.o, "o");
    await compare(state, forward.state, "state");
    const actual = deltaBackward(q, k, v, beta, dO, { ...options, form, dState });
    const gradients = expectedGradients();
    for (const name of ["dq", "dk", "dv", "dBeta", "dInitialState"] as const) {
      await compare(actual[name], gradients[name], name);
    }
    const dGate = actual.dGate ?? actual.dSignedGate;
    if (dGate) await compare(dGate, gradients.dGate, "dGate");
    for (const x of [...Object.values(tensors), o, state, ...Object.values(actual)]) x.dispose();
  });
});
