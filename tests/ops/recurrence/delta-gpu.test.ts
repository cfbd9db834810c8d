import { describe, expect, test } from "vitest";
import type { Engine } from "../../../src/index.js";
import { delta } from "../../../src/ops/recurrence/delta.js";
import { deltaBackward } from "../../../src/ops/recurrence/delta-backward.js";
import type { DeltaRuleOptions } from "../../../src/ops/recurrence/delta-params.js";
import { deltaStep } from "../../../src/ops/recurrence/delta-step.js";
import { cloneState } from "../../../src/ops/recurrence/state.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { gpuBackend, openFor, type TestBackend } from "../../support/engines.js";
import { goldenHash, rmsRatio } from "../../support/golden.js";
import { type DeltaCase, prepareDelta } from "./delta-cases.js";

/** See `bound` of the operations. */
const tolerance = 1e-5;

function compare(given: DeltaCase, name: string, x: ArrayLike<number>, y: ArrayLike<number>) {
  expect(rmsRatio(x, y), `${name} of ${JSON.stringify(given)}`).toBeLessThanOrEqual(tolerance);
}

async function checkForward(engine: Engine, given: DeltaCase, form: DeltaRuleOptions) {
  const prepared = prepareDelta(engine, { batch: 1, heads: 1, ...given });
  const { tensors, options, steps, valueHeads, v, tokenFirst, stateFirst } = prepared;
  const { o, state } = delta(tensors.q, tensors.k, tensors.v, tensors.beta, { ...options, ...form });
  const expected = prepared.expected();
  compare(given, "o", await tokenFirst(o, steps, valueHeads, v), expected.o);
  compare(given, "state", await stateFirst(state), expected.state);
}

async function checkBackward(engine: Engine, given: DeltaCase, form: DeltaRuleOptions) {
  const prepared = prepareDelta(engine, { batch: 1, heads: 1, ...given });
  const { tensors, options, steps, keys, heads, valueHeads, k, v, gateWidth, tokenFirst, stateFirst } = prepared;
  const { q, k: key, v: value, beta, dO, dState } = tensors;
  const actual = deltaBackward(q, key, value, beta, dO, { ...options, ...form, dState });
  const expected = prepared.expectedGradients();
  compare(given, "dq", await tokenFirst(actual.dq, steps, heads, k), expected.dq);
  compare(given, "dk", await tokenFirst(actual.dk, keys, heads, k), expected.dk);
  compare(given, "dv", await tokenFirst(actual.dv, keys, valueHeads, v), expected.dv);
  compare(given, "dBeta", await tokenFirst(actual.dBeta, keys, valueHeads, 1), expected.dBeta);
  compare(given, "dInitialState", await stateFirst(actual.dInitialState), expected.dInitialState);
  const dGate = actual.dGate ?? actual.dSignedGate;
  if (dGate) compare(given, "dGate", await tokenFirst(dGate, steps, valueHeads, gateWidth), expected.dGate);
}

const [sequential, chunked] = [{ form: "sequential" }, { form: "chunked", chunk: 16 }] as const;

describe(`delta on ${gpuBackend.name}`, () => {
  const engine = openFor(gpuBackend);

  test.each<DeltaCase>([
    { steps: 1, k: 1, v: 1, initialState: true },
    { steps: 20, gate: "head", resetEvery: 5, initialState: true },
    { steps: 20, k: 20, v: 18, gate: "channel", resetEvery: 7, initialState: true, stateLayout: "vk" },
    { steps: 20, gate: "signed head", resetEvery: 9, batch: 2, heads: 2, layout: "bhtd" },
    { steps: 9, gate: "signed channel", householders: 3, heads: 2, valueHeads: 4, initialState: true },
    { steps: 0, initialState: true },
  ])("step by step: %j", (given) => checkForward(engine(), given, sequential));

  test.each<DeltaCase>([
    { steps: 1, k: 1, v: 1, initialState: true },
    { steps: 37, initialState: true },
    { steps: 37, gate: "head", resetEvery: 5, initialState: true, stateLayout: "vk" },
    { steps: 37, k: 20, v: 18, gate: "channel", resetEvery: 7, initialState: true },
    { steps: 37, gate: "signed head", resetEvery: 9, batch: 2, heads: 2, layout: "bhtd" },
    { steps: 20, gate: "signed channel", resetEvery: 11, initialState: true },
    { steps: 12, gate: "head", householders: 3, heads: 2, valueHeads: 4, initialState: true },
    { steps: 12, gate: "channel", householders: 2, k: 5, v: 3, initialState: true, scale: 1 },
    { steps: 0, initialState: true },
    { steps: 30, batch: 0 },
  ])("in chunks, forward and backward: %j", async (given) => {
    await checkForward(engine(), given, chunked);
    await checkBackward(engine(), given, chunked);
  });

  test.each([32, 64])("chunks of %i", async (chunk) => {
    for (const gate of ["head", "channel"] as const) {
      const given: DeltaCase = { steps: 70, k: 8, v: 8, gate, initialState: true };
      await checkForward(engine(), given, { form: "chunked", chunk });
      await checkBackward(engine(), given, { form: "chunked", chunk });
    }
  });

  test("storage types are widened, results narrowed once", async () => {
    const { tensors, options, tokenFirst, expected } = prepareDelta(engine(), {
      ...{ batch: 1, heads: 1, steps: 20, gate: "head", dtype: "f16" },
    });
    for (const form of [sequential, chunked]) {
      const { o } = delta(tensors.q, tensors.k, tensors.v, tensors.beta, { ...options, ...form });
      expect(rmsRatio(await tokenFirst(o, 20, 1, 8), expected().o)).toBeLessThanOrEqual(2 ** -11);
    }
    const { q, k, v, beta, dO, dState } = tensors;
    const { dq, dk } = deltaBackward(q, k, v, beta, dO, { ...options, dState });
    expect([dq.dtype, dk.dtype]).toEqual(["f16", "f16"]);
  });

  test("packed sequences, an empty one among them, forwards and backwards as on the CPU", async () => {
    const { tensors, options } = prepareDelta(engine(), {
      batch: 1,
      heads: 1,
      steps: 40,
      gate: "head",
      householders: 2,
    });
    const { q, k, v, beta, dO } = tensors;
    for (const reverse of [false, true]) {
      for (const form of [sequential, chunked]) {
        const packed = { ...options, ...form, reverse, cuSeqlens: [0, 5, 5, 38, 40] };
        const [gpu, cpu] = (["webgpu", "wasm"] as const).map((on) => ({
          ...delta(q, k, v, beta, { ...packed, on }),
          ...(form === chunked ? deltaBackward(q, k, v, beta, dO, { ...packed, on }) : {}),
        }));
        for (const [name, tensor] of Object.entries(gpu!)) {
          const expected = await cpu![name as keyof typeof gpu]!.data();
          expect(rmsRatio(await tensor.data(), expected), name).toBeLessThanOrEqual(tolerance);
        }
      }
    }
  });

  // Unit swaps keep every number a small integer, so no form and no chunk may round.
  test.each([sequential, chunked])("swaps of five things are exact: %j", async (form) => {
    const [count, size] = [75, 5];
    const things = Float32Array.from({ length: size }, (_, i) => i + 1);
    const keys = new Float32Array(count * size);
    const expected: number[] = [];
    for (let t = 0, now = [...things]; t < count; t++) {
      const [i, j] = [goldenHash(2 * t, 23) % size, goldenHash(2 * t + 1, 23) % size];
      keys[t * size + i]! += 1;
      keys[t * size + j]! -= 1;
      now = now.map((thing, at) => (at === i ? now[j]! : at === j ? now[i]! : thing));
      expected.push(...now);
    }
    const tensor = (values: Float32Array<ArrayBuffer>, ...shape: number[]) => engine().tensor(values, { shape });
    const k = tensor(keys, 1, count, 1, size);
    const v = tensor(new Float32Array(count), 1, count, 1, 1);
    const beta = tensor(new Float32Array(count).fill(1), 1, count, 1);
    const initialState = tensor(things, 1, 1, size, 1);
    for (let thing = 0; thing < size; thing++) {
      const queries = new Float32Array(count * size).map((_, at) => Number(at % size === thing));
      const q = tensor(queries, 1, count, 1, size);
      const { o } = delta(q, k, v, beta, { ...form, initialState, scale: 1 });
      expect(Array.from(await o.data())).toEqual(expected.filter((_, at) => at % size === thing));
    }
  });

  test("a step changes the state in place", async () => {
    const { tensors, options, stateFirst, expected } = prepareDelta(engine(), {
      ...{ batch: 1, heads: 2, steps: 1, gate: "head", initialState: true },
    });
    const { initialState, ...others } = options;
    const state = cloneState(initialState as Tensor);
    deltaStep(state, tensors.q, tensors.k, tensors.v, tensors.beta, others);
    expect(rmsRatio(await stateFirst(state), expected().state)).toBeLessThanOrEqual(tolerance);
  });
});

const tight: TestBackend = {
  ...gpuBackend,
  name: `${gpuBackend.name} with bindings of 8 KiB`,
  options: {
    ...gpuBackend.options,
    webgpu: {
      ...(typeof gpuBackend.options.webgpu === "object" ? gpuBackend.options.webgpu : { software: true }),
      limits: { maxStorageBufferBindingSize: 8192 },
    },
  },
};

describe(`delta on ${tight.name}`, () => {
  const engine = openFor(tight);

  test("two chunks a segment: states and their gradients go on from one to the next", async () => {
    const given: DeltaCase = { steps: 80, heads: 2, k: 8, v: 8, gate: "head", initialState: true };
    await checkForward(engine(), given, chunked);
    await checkBackward(engine(), given, chunked);
  });

  test("gradients of sequences whose states no binding holds", async () => {
    await checkBackward(engine(), { steps: 300, heads: 1, k: 12, v: 8, gate: "head", initialState: true }, chunked);
  });
});
