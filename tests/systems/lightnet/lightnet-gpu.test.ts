/** Shapes that matter to the GPU's launches, each small: a software adapter takes seconds where a GPU takes microseconds. */
import { describe, test } from "vitest";
import { gpuBackend, openFor } from "../../support/engines.js";
import { generated, withEverything } from "./cases.js";
import { check } from "./run-case.js";

describe(`lightnet on ${gpuBackend.name}`, () => {
  const engine = openFor(gpuBackend);

  test("chunks of every size with a ragged tail, and step by step", async () => {
    const given = withEverything(generated({ batch: 2, time: 37, heads: 2, d: 5, e: 3 }));
    for (const chunk of [16, 32, 64]) await check(engine(), "webgpu", given, { chunk });
    await check(engine(), "webgpu", given, { form: "sequential" });
    await check(engine(), "webgpu", { ...given, global: true }, { chunk: 16 });
  });

  // One of the two above 64 at a time: the software adapter takes long to compile either.
  test.each([
    [66, 2],
    [2, 66],
    [1, 1],
  ])("%i key channels and %i value channels", async (d, e) => {
    await check(engine(), "webgpu", withEverything(generated({ batch: 1, time: 18, heads: 1, d, e })), { chunk: 16 });
  });

  test("packed sequences, empty ones among them, and no token at all", async () => {
    const cuSeqlens = [0, 0, 1, 19, 19, 37];
    const given = withEverything(generated({ batch: 1, time: 37, heads: 2, d: 6, e: 4 }), cuSeqlens.length - 1);
    await check(engine(), "webgpu", { ...given, cuSeqlens }, { chunk: 16 });
    await check(engine(), "webgpu", withEverything(generated({ batch: 2, time: 0, heads: 1, d: 3, e: 2 })));
  });
});
