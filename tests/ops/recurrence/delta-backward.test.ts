import { describe, expect, test } from "vitest";
import { deltaBackward } from "../../../src/ops/recurrence/delta-backward.js";
import { openFor, type TestBackend, wasmBackends } from "../../support/engines.js";
import { rmsRatio } from "../../support/golden.js";
import { type DeltaCase, deltaCases, prepareDelta } from "./delta-cases.js";

/** See `bound` of the operation. */
const tolerance = 1e-5;

const forms = [
  { form: "sequential" },
  { form: "chunked", chunk: 16 },
  { form: "chunked", chunk: 32 },
  { form: "chunked", chunk: 64 },
] as const;

describe.each(wasmBackends)("deltaBackward on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  async function check(given: DeltaCase, form: (typeof forms)[number]) {
    const prepared = prepareDelta(engine(), given);
    const { tensors, options, steps, keys, heads, valueHeads, k, v, gateWidth, tokenFirst, stateFirst } = prepared;
    const { q, k: key, v: value, beta, dO, dState } = tensors;
    const actual = deltaBackward(q, key, value, beta, dO, { ...options, ...form, dState });
    const expected = prepared.expectedGradients();
    const label = JSON.stringify({ ...given, ...form });
    const compare = (name: string, x: ArrayLike<number>, y: ArrayLike<number>) =>
      expect(rmsRatio(x, y), `${name} of ${label}`).toBeLessThanOrEqual(tolerance);
    compare("dq", await tokenFirst(actual.dq, steps, heads, k), expected.dq);
    compare("dk", await tokenFirst(actual.dk, keys, heads, k), expected.dk);
    compare("dv", await tokenFirst(actual.dv, keys, valueHeads, v), expected.dv);
    compare("dBeta", await tokenFirst(actual.dBeta, keys, valueHeads, 1), expected.dBeta);
    const dGate = actual.dGate ?? actual.dSignedGate;
    if (dGate) compare("dGate", await tokenFirst(dGate, steps, valueHeads, gateWidth), expected.dGate);
    compare("dInitialState", await stateFirst(actual.dInitialState), expected.dInitialState);
    expect(actual.dGate !== undefined).toBe(given.gate === "head" || given.gate === "channel");
    expect(actual.dSignedGate !== undefined).toBe(given.gate?.startsWith("signed") ?? false);
    for (const tensor of Object.values(actual)) tensor.dispose();
  }

  test.each(forms)("every option alone and together, $form by $chunk", async (form) => {
    for (const given of deltaCases) await check(given, form);
  });
});
