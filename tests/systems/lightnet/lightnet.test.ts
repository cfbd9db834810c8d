import { describe, test } from "vitest";
import { openFor, wasmBackends } from "../../support/engines.js";
import { generated, type Sizes, withEverything } from "./cases.js";
import { check } from "./run-case.js";

describe.each(wasmBackends)("lightnet on $name", (backend) => {
  const engine = openFor(backend);
  const small: Sizes = { batch: 2, time: 77, heads: 2, d: 8, e: 6 };

  test("lengths around the chunk, odd channels, both forms", async () => {
    for (const time of [0, 1, 2, 15, 16, 17, 63, 64, 65, 130]) {
      for (const [d, e] of [
        [1, 1],
        [17, 33],
        [64, 64],
      ] as const) {
        const given = generated({ batch: 1, time, heads: 2, d, e });
        await check(engine(), backend.on, given);
        await check(engine(), backend.on, withEverything(given), { chunk: 16 });
        await check(engine(), backend.on, { ...given, global: true });
      }
    }
  });

  test("a key besides the gate, a state in and out, in every form", async () => {
    const given = withEverything(generated(small, 4, 8 ** -0.5));
    for (const form of ["sequential", "chunked"] as const) await check(engine(), backend.on, given, { form });
    await check(engine(), backend.on, { ...given, global: true });
  });

  test("packed sequences, empty ones and single tokens among them", async () => {
    const cuSeqlens = [0, 0, 1, 32, 63, 63, 126, 190, 255, 255];
    const given = withEverything(generated({ batch: 1, time: 255, heads: 2, d: 7, e: 5 }), cuSeqlens.length - 1);
    await check(engine(), backend.on, { ...given, cuSeqlens });
    await check(engine(), backend.on, { ...given, cuSeqlens, global: true });
  });
});
