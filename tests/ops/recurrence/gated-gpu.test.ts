import { describe, expect, test } from "vitest";
import { scalarGate, scalarGateBackward, scalarGateStep } from "../../../src/ops/recurrence/scalar-gate.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { gpuBackend, openFor, type TestBackend } from "../../support/engines.js";
import { goldenValues, rmsRatio } from "../../support/golden.js";
import { checkCase, type GatedCase } from "./gated-cases.js";

// A software adapter spends its time on compiling: cases share their shaders' variants.
const scalar = { heads: 1, share: 2, k: 16, v: 8, initial: true } as const;
const vector = { ...scalar, vector: true } as const;
const packed = { cuSeqlens: [0, 0, 33, 34, 80, 80], steps: 80, reverse: true } as const;
const on = { on: "webgpu" } as const;

/** States of long calls do not fit into bindings so small, and go in segments. */
const tight: TestBackend = {
  ...gpuBackend,
  name: `${gpuBackend.name}, 32 KiB bindings`,
  options: {
    ...gpuBackend.options,
    webgpu: {
      ...(typeof gpuBackend.options.webgpu === "object" ? gpuBackend.options.webgpu : { software: true }),
      limits: { maxStorageBufferBindingSize: 32768 },
    },
  },
};

describe(`gated recurrences on ${tight.name}`, () => {
  const engine = openFor(tight);
  const check = (given: GatedCase, backward = false) => checkCase(engine(), given, { backward, ...on });

  test("step by step, and channels that fill no tile", async () => {
    await check({ ...scalar, gate: "gate", resets: true, steps: 21, k: 19, v: 21, stateLayout: "vk" });
    await check({ ...scalar, gate: "signedGate", resets: true, ...packed, form: "sequential" });
    await check({ ...vector, gate: "gate", bonus: true, steps: 9, layout: "bhtd" });
  });

  test("a decay per step or head, in chunks", async () => {
    await check({ ...scalar, gate: "gate", resets: true, steps: 80, stateLayout: "vk" });
    await check({ ...scalar, gate: "decay", steps: 77, chunk: 32, batch: 2, layout: "bhtd" });
    await check({ ...scalar, gate: "none", steps: 150, chunk: 128 });
  });

  test("gradients with a decay per step", async () => {
    await check({ ...scalar, gate: "gate", resets: true, steps: 80, stateLayout: "vk" }, true);
  });

  test("gradients with a decay per head", async () => {
    await check({ ...scalar, gate: "decay", steps: 77, chunk: 32, batch: 2, layout: "bhtd" }, true);
  });

  test("factors of either sign in packed sequences, backwards", async () => {
    await check({ ...scalar, gate: "signedGate", resets: true, ...packed, form: "chunked", chunk: 16 });
  });

  test("their gradients", async () => {
    await check({ ...scalar, gate: "signedGate", resets: true, ...packed, form: "chunked", chunk: 16 }, true);
  });

  test("a decay per channel, in chunks", async () => {
    await check({ ...vector, gate: "gate", resets: true, steps: 80, k: 20, stateLayout: "vk" });
    await check({ ...vector, gate: "gate", steps: 77, chunk: 16, batch: 2, layout: "bhtd" });
  });

  test("gradients with a decay per channel", async () => {
    await check({ ...vector, gate: "gate", resets: true, steps: 80, k: 20, stateLayout: "vk" }, true);
  });

  test("reading before writing, with a bonus", async () => {
    await check({ ...vector, gate: "gate", bonus: true, steps: 70, chunk: 32 });
  });

  test("its gradients", async () => {
    await check({ ...vector, gate: "gate", bonus: true, steps: 70, chunk: 32 }, true);
  });

  test("gradients of factors of either sign per channel", async () => {
    await check({ ...vector, gate: "signedGate", resets: true, steps: 40 }, true);
  });

  test("states go on from segment to segment", async () => {
    // 9 KiB: two chunks to a segment.
    await check({ ...scalar, gate: "gate", steps: 40, share: 4, k: 24, v: 24, chunk: 16, form: "chunked" }, true);
  });

  test("decays that differ by orders of magnitude", async () => {
    const steps = 64;
    const make = (seed: number) =>
      engine().tensor(Float32Array.from(goldenValues(steps * 16, seed)), { shape: [1, steps, 1, 16] });
    const [q, k, v] = [make(1), make(2), make(3)];
    const gates = Float32Array.from({ length: steps }, (_, t) => (t < 32 ? -20 : -0.01));
    const gate = engine().tensor(gates, { shape: [1, steps, 1] });
    const [chunked, sequential] = (["chunked", "sequential"] as const).map((form) =>
      scalarGate(q, k, v, { gate, form, ...on }),
    );
    expect(
      rmsRatio(await chunked!.o.data(), Float64Array.from((await sequential!.o.data()) as Float32Array)),
    ).toBeLessThan(5e-7);
  });

  test("a step in place, and no step at all", async () => {
    const make = (shape: readonly number[], seed: number) =>
      engine().tensor(
        Float32Array.from(
          goldenValues(
            shape.reduce((a, b) => a * b),
            seed,
          ),
        ),
        { shape },
      );
    const [q, k, v] = [1, 2, 3].map((seed) => make([1, 1, 1, 16], seed)) as [Tensor, Tensor, Tensor];
    const [state, decay] = [make([1, 1, 16, 16], 6), engine().tensor(new Float32Array([-0.5]))];
    const wanted = scalarGate(q, k, v, { decay, initialState: state, ...on });
    const { o } = scalarGateStep(state, q, k, v, { decay, ...on });
    expect(await o.data()).toEqual(await wanted.o.data());
    expect(await state.data()).toEqual(await wanted.state.data());

    const empty = engine().tensor(new Float32Array(0), { shape: [1, 0, 1, 16] });
    const kept = scalarGate(empty, empty, empty, { initialState: state, form: "chunked", ...on });
    expect(kept.o.shape).toEqual([1, 0, 1, 16]);
    expect(await kept.state.data()).toEqual(await state.data());
    const back = scalarGateBackward(empty, empty, empty, empty, { decay, dState: state, ...on });
    expect(await back.dInitialState?.data()).toEqual(await state.data());
    expect(await back.dDecay?.data()).toEqual(new Float32Array(1));
  });

  test.each([
    ["f16", "chunked"],
    ["bf16", "sequential"],
  ] as const)("%s is widened, %s", async (dtype, form) => {
    const make = (seed: number) =>
      engine().tensor(Float32Array.from(goldenValues(70 * 16, seed)), { shape: [1, 70, 1, 16], dtype });
    const half = [make(1), make(2), make(3)] as const;
    const exact = await Promise.all(
      half.map(async (x) => engine().tensor(Float32Array.from((await x.data()) as Float32Array), { shape: x.shape })),
    );
    const options = { decay: engine().tensor(new Float32Array([-0.1])), form, ...on };
    const [narrow, wide] = [scalarGate(...half, options), scalarGate(exact[0]!, exact[1]!, exact[2]!, options)];
    expect(narrow.o.dtype).toBe(dtype);
    expect(await narrow.state.data()).toEqual(await wide.state.data());
    const wanted = Float64Array.from((await wide.o.data()) as Float32Array);
    expect(rmsRatio(await narrow.o.data(), wanted)).toBeLessThan(dtype === "f16" ? 2 ** -11 : 2 ** -8);
  });
});
