/** A NaN key spoils its own step and what comes after, in every form: no earlier row of its chunk. */
import { expect, test } from "vitest";
import { delta, lowRank, scalarGate, vectorGate } from "../../../src/ops/recurrence/index.js";
import { openFor, type TestBackend, wasmBackends } from "../../support/engines.js";

const engine = openFor(wasmBackends[0] as TestBackend);

test.each(["sequential", "chunked"] as const)("%s, in every core", async (form) => {
  const [steps, broken] = [40, 20];
  const wave = (channels: number) => Float32Array.from({ length: steps * channels }, (_, i) => Math.sin(i * 1.7) / 3);
  const rows = (values: Float32Array) => engine().tensor(values, { shape: [1, steps, 1, values.length / steps] });
  const [q, v] = [rows(wave(4)), rows(wave(3))];
  const k = rows(wave(4).fill(Number.NaN, 4 * broken + 1, 4 * broken + 2));
  const gate = engine().tensor(new Float32Array(steps).fill(-0.1), { shape: [1, steps, 1] });
  const gates = rows(new Float32Array(4 * steps).fill(-0.1));
  const beta = engine().tensor(new Float32Array(steps).fill(0.5), { shape: [1, steps, 1] });
  const shared = { form, chunk: 16 };
  const results = [
    scalarGate(q, k, v, { ...shared, gate }),
    vectorGate(q, k, v, { ...shared, gate: gates }),
    delta(q, k, v, beta, { ...shared, gate }),
    delta(q, k, v, beta, { ...shared, gate: gates }),
    lowRank(q, k, v, q, q, { ...shared, gate: gates }),
  ];
  for (const { o } of results) expect((await o.data()).findIndex(Number.isNaN)).toBe(3 * broken);
});
