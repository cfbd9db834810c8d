import { describe, test } from "vitest";
import { openFor, type TestBackend, wasmBackends } from "../../support/engines.js";
import { checkCase, type GatedCase } from "./gated-cases.js";

const kinds: Partial<GatedCase>[] = [
  { gate: "none" },
  { gate: "decay" },
  { gate: "gate" },
  { gate: "gate", resets: true },
  { gate: "signedGate", resets: true },
  { gate: "gate", vector: true },
  { gate: "gate", vector: true, resets: true },
  { gate: "signedGate", vector: true, resets: true },
  { gate: "gate", vector: true, exclusive: true },
  { gate: "gate", vector: true, bonus: true, resets: true },
];

const make = (kind: Partial<GatedCase>, rest: Partial<GatedCase>): GatedCase => ({
  ...{ gate: "none", steps: 37, k: 16, v: 8 },
  ...kind,
  ...rest,
});

describe.each(wasmBackends)("gated recurrences on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  test.each(kinds)("%o, step by step and backward", async (kind) => {
    await checkCase(engine(), make(kind, { form: "sequential", batch: 2, heads: 2, initial: true }));
    await checkCase(engine(), make(kind, { form: "sequential", steps: 3, k: 5, v: 21, share: 3, initial: true }));
  });

  test.each(kinds)("%o in chunks", async (kind) => {
    const sizes = kind.vector ? [16, 32, 64] : [16, 32, 64, 128, 256];
    for (const chunk of sizes) {
      await checkCase(
        engine(),
        make(kind, { form: "chunked", chunk, steps: 77, k: 19, v: 13, share: 2, initial: true }),
      );
    }
  });
});
