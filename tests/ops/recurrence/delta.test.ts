import { describe, expect, test } from "vitest";
import { delta } from "../../../src/ops/recurrence/delta.js";
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

describe.each(wasmBackends)("delta on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  async function check(given: DeltaCase, form: (typeof forms)[number]) {
    const prepared = prepareDelta(engine(), given);
    const { tensors, options, steps, valueHeads, v, tokenFirst, stateFirst } = prepared;
    const { o, state } = delta(tensors.q, tensors.k, tensors.v, tensors.beta, { ...options, ...form });
    const expected = prepared.expected();
    const label = JSON.stringify({ ...given, ...form });
    expect(rmsRatio(await tokenFirst(o, steps, valueHeads, v), expected.o), `o of ${label}`).toBeLessThanOrEqual(
      tolerance,
    );
    expect(rmsRatio(await stateFirst(state), expected.state), `state of ${label}`).toBeLessThanOrEqual(tolerance);
    for (const tensor of [o, state]) tensor.dispose();
  }

  test.each(forms)("every option alone and together, $form by $chunk", async (form) => {
    for (const given of deltaCases) await check(given, form);
  });
});
