/** Logits that climb, jump or lie far apart: nothing overflows, nothing is lost. */
import { describe, test } from "vitest";
import { createEngine } from "../../../src/create-engine.js";
import { gpuBackend, openFor, testBackends } from "../../support/engines.js";
import { gen } from "../../support/golden.js";
import { type Case, generated, oracleOf } from "./cases.js";
import { check } from "./run-case.js";

describe.each(testBackends)("adversarial logits on $name", (backend) => {
  const engine = openFor(backend);
  const time = backend.slow ? 90 : 1000;
  const base = generated({ batch: 1, time, heads: 2, d: 8, e: 6 });
  // Near-normal numbers: the sum of three of the generator's.
  const noise = gen(base.q.length, 5, 1, 19, 4).map(
    (x, i) => (x + gen(1, 7 * i, 3, 17)[0]! + gen(1, 11 * i, 4, 23)[0]!) / 2,
  );
  const perToken = (f: (t: number, x: number) => number) => noise.map((x, i) => f(Math.floor(i / 16), x));

  const logits: Record<string, ArrayLike<number>> = {
    "100 times as large": noise.map((x) => 100 * x),
    "a spike of 300": perToken((t, x) => (t === Math.floor(time / 2) ? 300 : x)),
    "a ramp of 1 per token": perToken((t, x) => t + x),
    "a ramp down of 1 per token": perToken((t, x) => x - t),
    "a ramp of 40 per token": perToken((t, x) => 40 * t + x),
    "steps of 20 every 7 tokens": perToken((t, x) => 20 * Math.floor(t / 7) + x),
    "far from zero": perToken((_, x) => 1e6 + x),
  };

  test.each(Object.entries(logits))("%s", async (_, x) => {
    const given: Case = { ...base, x: Float32Array.from(x) };
    await check(engine(), backend.on, given);
    await check(engine(), backend.on, { ...given, global: true });
    if (!backend.slow) await check(engine(), backend.on, given, { form: "sequential" });
  });

  test("the ends of f32", async () => {
    const x = Float32Array.from(perToken((t, logit) => (t % 5 === 0 || logit > 0 ? 3e38 : -3e38)));
    // The oracle keeps z in one number. A constant on all logits only moves z, which at this size is the maximum itself.
    const reference = oracleOf({ ...base, x: Float64Array.from(x, (logit) => logit - Math.fround(3e38)) });
    const given = { ...base, x };
    await check(engine(), backend.on, given, { reference: { ...reference, z: reference.z.map((z) => z + 3e38) } });
  });

  test("tokens and channels without weight", async () => {
    const x = base.x as Float64Array;
    const hidden = x.map((value, i) => (i % 8 === 3 || Math.floor(i / 16) < 20 || i % 5 === 0 ? -Infinity : value));
    await check(engine(), backend.on, { ...base, x: hidden });
    await check(engine(), backend.on, { ...base, x: hidden, global: true });
  });
});

test.runIf(gpuBackend.slow)("a long walk far from zero", async () => {
  const engine = await createEngine(gpuBackend.options);
  const given = generated({ batch: 1, time: 1000, heads: 2, d: 8, e: 6 });
  const noise = gen(given.q.length, 5, 1, 19, 4);
  // At 1e6 logits are sixteenths: few different weights, whose roundings do not cancel.
  const x = Float32Array.from(noise, (value) => 1e6 + value);
  await check(engine, "webgpu", { ...given, x }, { form: "sequential" });
  engine.destroy();
});
