/** What calls of the delta rule have in common with each other: pieces, packing, padding, direction, storage types, threads. */
import { describe, expect, test } from "vitest";
import type { Engine } from "../../../src/index.js";
import { delta } from "../../../src/ops/recurrence/delta.js";
import { deltaBackward } from "../../../src/ops/recurrence/delta-backward.js";
import type { DeltaRuleOptions } from "../../../src/ops/recurrence/delta-params.js";
import { deltaStep } from "../../../src/ops/recurrence/delta-step.js";
import { cloneState } from "../../../src/ops/recurrence/state.js";
import { deltaBackwardOracle, deltaOracle } from "../../../src/oracles/recurrence-delta.js";
import type { BitsArray } from "../../../src/tensor/dtype.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { sameBits } from "../../support/arrays.js";
import { openFor, type TestBackend, wasmBackends } from "../../support/engines.js";
import { goldenHash, rmsRatio } from "../../support/golden.js";
import { prepareDelta } from "./delta-cases.js";

/** See `bound` of the operation. */
const tolerance = 1e-5;

const forms: readonly DeltaRuleOptions[] = [
  { form: "sequential" },
  { form: "chunked", chunk: 16 },
  { form: "chunked" },
];

/** Steps [from, to) of a tensor of a batch of one. */
const steps = (x: Tensor, from: number, to: number) => {
  const [, ...rest] = x.shape as [number, number, ...number[]];
  return x
    .reshape(rest)
    .rows(from, to)
    .reshape([1, to - from, ...rest.slice(1)]);
};

const values = async (x: Tensor) => Array.from((await x.data()) as Float32Array);

function parts(engine: Engine, given: Parameters<typeof prepareDelta>[1]) {
  const prepared = prepareDelta(engine, { batch: 1, ...given });
  const { q, k, v, beta } = prepared.tensors;
  const gateName = prepared.options.gate ? "gate" : "signedGate";
  const gate = prepared.options[gateName] as Tensor;
  const n = given.householders ?? 1;
  const piece = (from: number, to: number, options: DeltaRuleOptions & { out?: { state?: Tensor } } = {}) =>
    delta(steps(q, from, to), steps(k, from * n, to * n), steps(v, from * n, to * n), steps(beta, from * n, to * n), {
      ...{ householders: n, stateLayout: given.stateLayout ?? "kv" },
      ...(given.gate && { [gateName]: steps(gate, from, to) }),
      ...options,
    });
  return { ...prepared, piece };
}

describe.each(wasmBackends)("delta on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  test.each(forms)("pieces with the state handed on give one pass: %j", async (form) => {
    const given = { steps: 150, gate: "head", householders: 2, initialState: true } as const;
    const { piece, options, expected } = parts(engine(), given);
    const state = options.initialState as Tensor;
    const o: number[] = [];
    for (const [from, to] of [
      [0, 1],
      [1, 64],
      [64, 64],
      [64, 131],
      [131, 150],
    ] as const) {
      o.push(...(await values(piece(from, to, { ...form, initialState: state, out: { state } }).o)));
    }
    expect(rmsRatio(o, expected().o)).toBeLessThanOrEqual(tolerance);
    expect(rmsRatio(await state.data(), expected().state)).toBeLessThanOrEqual(tolerance);
  });

  test.each([
    { gate: "head" },
    { gate: "channel", householders: 3 },
    { gate: "signed head", stateLayout: "vk", k: 7, v: 19 },
    { stateLayout: "kv", k: 6, v: 5, householders: 2, valueHeads: 4 },
    { stateLayout: "vk", k: 32, v: 16 },
  ] as const)("steps in place give one pass: %j", async (given) => {
    const { tensors, options, expected, stateFirst, piece } = parts(engine(), {
      steps: 12,
      initialState: true,
      ...given,
    });
    const { q, k, v, beta } = tensors;
    const n = options.householders ?? 1;
    const state = cloneState(options.initialState as Tensor);
    const o: number[] = [];
    for (let t = 0; t < 12; t++) {
      const gate = options.gate ? { gate: steps(options.gate, t, t + 1) } : {};
      const signedGate = options.signedGate ? { signedGate: steps(options.signedGate, t, t + 1) } : {};
      const rows = [k, v, beta].map((x) => steps(x, t * n, (t + 1) * n)) as [Tensor, Tensor, Tensor];
      const { stateLayout = "kv" } = options;
      const result = deltaStep(state, steps(q, t, t + 1), ...rows, {
        householders: n,
        stateLayout,
        ...gate,
        ...signedGate,
      });
      o.push(...(await values(result.o)));
    }
    expect(rmsRatio(o, expected().o)).toBeLessThanOrEqual(tolerance);
    expect(rmsRatio(await stateFirst(state), expected().state)).toBeLessThanOrEqual(tolerance);
    // A first step needs no state to begin with.
    const [first] = [piece(0, 1)];
    const { o: alone } = deltaOracle(
      { ...parts(engine(), { steps: 1, ...given }).input },
      parts(engine(), { steps: 1, ...given }).oracleOptions,
    );
    expect(rmsRatio(await first.o.data(), alone)).toBeLessThanOrEqual(tolerance);
  });

  test.each(forms)("packed sequences keep to themselves, empty ones pass their state on: %j", async (form) => {
    const starts = [0, 5, 5, 90, 91];
    const { tensors, options, piece } = parts(engine(), { steps: 91, gate: "channel" });
    const { q, k, v, beta, dO } = tensors;
    const state = engine().tensor(
      Float32Array.from({ length: 4 * 2 * 16 * 8 }, (_, i) => goldenHash(i, 6) / 2 ** 32),
      {
        shape: [4, 2, 16, 8],
      },
    );
    const packed = { ...options, ...form, cuSeqlens: starts, initialState: state };
    const whole = delta(q, k, v, beta, packed);
    const gradients = deltaBackward(q, k, v, beta, dO, { ...packed, dState: state });
    for (let s = 0; s < 4; s++) {
      const [from, to] = [starts[s] as number, starts[s + 1] as number];
      const own = { ...form, initialState: state.rows(s, s + 1) };
      const alone = piece(from, to, own);
      const gate = steps(options.gate as Tensor, from, to);
      const rows = [q, k, v, beta, dO].map((x) => steps(x, from, to)) as [Tensor, Tensor, Tensor, Tensor, Tensor];
      const back = deltaBackward(...rows, { ...own, gate, dState: state.rows(s, s + 1) });
      const same = async (x: Tensor, y: Tensor, name: string) =>
        expect(sameBits((await x.bits()) as BitsArray, (await y.bits()) as BitsArray), `${name} of ${s}`).toBe(true);
      await same(steps(whole.o, from, to), alone.o, "o");
      await same(whole.state.rows(s, s + 1), alone.state, "state");
      for (const name of ["dq", "dk", "dv", "dBeta", "dGate"] as const) {
        await same(steps(gradients[name] as Tensor, from, to), back[name] as Tensor, name);
      }
      await same(gradients.dInitialState.rows(s, s + 1), back.dInitialState, "dInitialState");
    }
    expect(await values(whole.state.rows(1, 2))).toEqual(await values(state.rows(1, 2)));
  });

  test.each([
    { layout: "bthd", householders: 1, gate: "head" },
    { layout: "bhtd", householders: 2, gate: "channel" },
    { layout: "bthd", householders: 3, gate: "signed head" },
    { layout: "bhtd", householders: 1, gate: "signed channel" },
  ] as const)("a masked step neither decays nor writes, and hands no gradient on: %j", async (given) => {
    const prepared = prepareDelta(engine(), { steps: 80, initialState: true, ...given });
    const { tensors, options, batch, keys, heads, valueHeads, k, v, gateWidth, input, oracleOptions, arrays } =
      prepared;
    const { q, k: key, v: value, beta, dO, dState } = tensors;
    const n = given.householders;
    // Left padding in one entry, right padding and a hole in the other.
    const bits = Uint8Array.from({ length: 160 }, (_, i) => (i < 80 ? Number(i >= 13) : Number(i < 150 && i !== 99)));
    const mask = engine().tensor(bits, { shape: [2, 80], dtype: "u8" });
    const { o, state } = delta(q, key, value, beta, { ...options, mask });
    const actual = deltaBackward(q, key, value, beta, dO, { ...options, mask, dState });
    // The oracle sees steps of no strength and no decay, of which nothing is read.
    const keep = (x: ArrayLike<number>, perStep: number, neutral: number) =>
      Float64Array.from(x, (y, i) => (bits[Math.floor(i / perStep)] ? y : neutral));
    const perStep = valueHeads * gateWidth;
    const neutral = {
      ...oracleOptions,
      ...(oracleOptions.gate && { gate: keep(oracleOptions.gate, perStep, 0) }),
      ...(oracleOptions.signedGate && { signedGate: keep(oracleOptions.signedGate, perStep, 1) }),
    };
    const masked = { ...input, beta: keep(input.beta, n * valueHeads, 0) };
    const forward = deltaOracle(masked, neutral);
    const back = deltaBackwardOracle(masked, keep(arrays.dO.values, valueHeads * v, 0), arrays.dState.values, neutral);
    const close = async (x: Tensor, time: number, count: number, d: number, y: ArrayLike<number>, name: string) =>
      expect(rmsRatio(await prepared.tokenFirst(x, time, count, d), y), name).toBeLessThanOrEqual(tolerance);
    await close(o, 80, valueHeads, v, keep(forward.o, valueHeads * v, 0), "o");
    expect(rmsRatio(await prepared.stateFirst(state), forward.state)).toBeLessThanOrEqual(tolerance);
    await close(actual.dq, 80, heads, k, keep(back.dq, heads * k, 0), "dq");
    await close(actual.dk, keys, heads, k, keep(back.dk, n * heads * k, 0), "dk");
    await close(actual.dv, keys, valueHeads, v, keep(back.dv, n * valueHeads * v, 0), "dv");
    await close(actual.dBeta, keys, valueHeads, 1, keep(back.dBeta, n * valueHeads, 0), "dBeta");
    const dGate = (actual.dGate ?? actual.dSignedGate) as Tensor;
    await close(dGate, 80, valueHeads, gateWidth, keep(back.dGate, perStep, 0), "dGate");
    expect(batch).toBe(2);
  });

  test.each(forms)("in reverse it is the same on turned steps, keys of a step in their order: %j", async (form) => {
    const { tensors, options, arrays, input, oracleOptions } = prepareDelta(engine(), {
      ...{ batch: 1, steps: 70, householders: 2, gate: "head", initialState: true },
    });
    const { q, k, v, beta, dO, dState } = tensors;
    const turned = (x: ArrayLike<number>) => {
      const width = x.length / 70;
      return Float64Array.from(
        { length: x.length },
        (_, i) => x[(69 - Math.floor(i / width)) * width + (i % width)] as number,
      );
    };
    const backwards = {
      ...input,
      q: turned(input.q),
      k: turned(input.k),
      v: turned(input.v),
      beta: turned(input.beta),
    };
    const turnedOptions = { ...oracleOptions, gate: turned(oracleOptions.gate as Float64Array) };
    const expected = deltaOracle(backwards, turnedOptions);
    const gradients = deltaBackwardOracle(backwards, turned(arrays.dO.values), arrays.dState.values, turnedOptions);
    const { o, state } = delta(q, k, v, beta, { ...options, ...form, reverse: true });
    const actual = deltaBackward(q, k, v, beta, dO, { ...options, ...form, reverse: true, dState });
    expect(rmsRatio(await o.data(), turned(expected.o))).toBeLessThanOrEqual(tolerance);
    expect(rmsRatio(await state.data(), expected.state)).toBeLessThanOrEqual(tolerance);
    for (const name of ["dq", "dk", "dv", "dBeta", "dGate"] as const) {
      const x = (await (actual[name] as Tensor).data()) as Float32Array;
      expect(rmsRatio(x, turned(gradients[name])), name).toBeLessThanOrEqual(tolerance);
    }
  });

  test.each(["f16", "bf16"] as const)("%s is computed in f32", async (dtype) => {
    const rounding = dtype === "f16" ? 2 ** -11 : 2 ** -8;
    const { tensors, options, expected, expectedGradients } = prepareDelta(engine(), {
      steps: 70,
      gate: "head",
      dtype,
    });
    const { q, k, v, beta, dO, dState } = tensors;
    const { o, state } = delta(q, k, v, beta, options);
    expect(o.dtype).toBe(dtype);
    expect(rmsRatio(await o.data(), expected().o)).toBeLessThanOrEqual(tolerance + rounding);
    expect(rmsRatio(await state.data(), expected().state)).toBeLessThanOrEqual(tolerance);
    const { dk, dBeta } = deltaBackward(q, k, v, beta, dO, { ...options, dState });
    expect([dk.dtype, dBeta.dtype]).toEqual([dtype, "f32"]);
    expect(rmsRatio(await dk.data(), expectedGradients().dk)).toBeLessThanOrEqual(tolerance + rounding);
    expect(rmsRatio(await dBeta.data(), expectedGradients().dBeta)).toBeLessThanOrEqual(tolerance);
  });

  test.each(forms)("gates of zero give the bits of none: %j", async (form) => {
    const { tensors, options } = prepareDelta(engine(), { batch: 1, steps: 70, initialState: true });
    const { q, k, v, beta } = tensors;
    const plain = delta(q, k, v, beta, { ...options, ...form });
    for (const shape of [
      [1, 70, 2],
      [1, 70, 2, 16],
    ]) {
      const gate = engine().tensor(new Float32Array(shape.reduce((a, b) => a * b)), { shape });
      const { o, state } = delta(q, k, v, beta, { ...options, ...form, gate });
      // Per channel, scores are added up in another order.
      const close = shape.length === 3 ? 0 : 1e-6;
      expect(rmsRatio(await o.data(), await values(plain.o))).toBeLessThanOrEqual(close);
      expect(rmsRatio(await state.data(), await values(plain.state))).toBeLessThanOrEqual(close);
    }
  });
});

describe("delta on one thread and on two", () => {
  const engines = wasmBackends.slice(0, 2).map(openFor);

  test.each(forms)("gives the same bits: %j", async (form) => {
    const results = engines.map((engine) => {
      // One head: its columns are shared out. Eight: the heads are, two of which share a key head.
      const alone = prepareDelta(engine(), { batch: 1, steps: 300, heads: 1, k: 64, v: 56, gate: "head" });
      const many = prepareDelta(engine(), {
        batch: 1,
        steps: 300,
        heads: 4,
        valueHeads: 8,
        k: 32,
        v: 16,
        gate: "channel",
      });
      return [alone, many].flatMap(({ tensors: { q, k, v, beta, dO }, options }) => [
        ...Object.values(delta(q, k, v, beta, { ...options, ...form })),
        ...Object.values(deltaBackward(q, k, v, beta, dO, { ...options, ...form })),
      ]) as Tensor[];
    });
    const [one, two] = await Promise.all(results.map((tensors) => Promise.all(tensors.map((x) => x.bits()))));
    expect(one!.map((bits, i) => sameBits(bits as BitsArray, two![i] as BitsArray))).toEqual(one!.map(() => true));
  });
});
