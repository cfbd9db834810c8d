import { describe, expect, test } from "vitest";
import type { Engine } from "../../../src/engine/engine.js";
import { scalarGateStep } from "../../../src/ops/recurrence/scalar-gate.js";
import { cloneState, rollback, saveStates } from "../../../src/ops/recurrence/state.js";
import { vectorGateStep } from "../../../src/ops/recurrence/vector-gate.js";
import { gatedOracle } from "../../../src/oracles/recurrence-gated.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { heldBy, openFor, type TestBackend, wasmBackends } from "../../support/engines.js";
import { rmsRatio } from "../../support/golden.js";
import { backwardOf, callOf, checkCase, forwardOf, type GatedCase, inputOf } from "./gated-cases.js";

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

const chunksOf = ({ vector }: Partial<GatedCase>) => (vector ? [16, 32, 64] : [16, 32, 64, 128, 256]);

describe.each(wasmBackends)("gated recurrences on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  test.each(kinds)("%o, step by step and backward", async (kind) => {
    await checkCase(engine(), make(kind, { form: "sequential", batch: 2, heads: 2, initial: true }));
    await checkCase(engine(), make(kind, { form: "sequential", steps: 3, k: 5, v: 21, share: 3, initial: true }));
  });

  test.each(kinds)("%o in chunks", async (kind) => {
    for (const chunk of chunksOf(kind)) {
      const rest = { steps: 77, k: 19, v: 13, share: 2, initial: true };
      await checkCase(engine(), make(kind, { form: "chunked", chunk, ...rest }));
    }
  });

  test.each(kinds)("%o packed, reversed, in either layout of rows and states", async (kind) => {
    const cuSeqlens = [0, 5, 5, 84, 100];
    for (const form of ["sequential", "chunked"] as const) {
      const rest = { steps: 100, k: 6, v: 7, heads: 2, share: 2, initial: true, chunk: 16, form };
      await checkCase(engine(), make(kind, { ...rest, cuSeqlens, reverse: true }));
      await checkCase(engine(), make(kind, { ...rest, layout: "bhtd", stateLayout: "vk", batch: 2 }));
    }
  });

  test("gates that are weak or strong lose nothing", async () => {
    for (const vector of [false, true]) {
      for (const strength of [1e-7, 1e-3, 50]) {
        await checkCase(engine(), { gate: "gate", vector, strength, steps: 200, k: 8, v: 8, form: "chunked" });
      }
    }
  });

  test("no steps give the initial state back, no batch nothing", async () => {
    for (const vector of [false, true]) {
      await checkCase(engine(), { gate: "gate", vector, steps: 0, k: 4, v: 3, initial: true });
      await checkCase(engine(), { gate: "gate", vector, batch: 0, steps: 4, k: 4, v: 3 });
    }
  });
});

describe("gated recurrences", () => {
  const engine = openFor(wasmBackends[0] as TestBackend);

  test.each(kinds)("%o at 1000 steps", async (kind) => {
    await checkCase(engine(), make(kind, { steps: 1000, heads: 2 }));
  });

  test("64 K steps", async () => {
    await checkCase(engine(), { gate: "gate", steps: 65536, k: 4, v: 4 });
    await checkCase(engine(), { gate: "gate", vector: true, steps: 65536, k: 4, v: 4 });
  });

  /** o and the last state of a case whose steps [from, to) alone run, from a state. */
  async function piece(open: Engine, given: GatedCase, from: number, to: number, state: Float64Array | undefined) {
    const input = inputOf(given);
    const { valueHeads, heads, channels, columns } = input;
    const rows = (x: Float64Array, width: number) => x.slice(from * width, to * width);
    const gateWidth = valueHeads * (given.vector ? channels : 1);
    const { initialState: _, ...others } = input;
    const cut = {
      ...{ ...others, steps: to - from },
      q: rows(input.q, heads * channels),
      k: rows(input.k, heads * channels),
      v: rows(input.v, valueHeads * columns),
      dO: rows(input.dO, valueHeads * columns),
      gate: given.gate === "decay" ? input.gate : rows(input.gate, gateWidth),
      ...(state ? { initialState: state } : {}),
    };
    const call = callOf(open, { ...given, steps: to - from }, cut);
    const result = forwardOf(given)(call.q, call.k, call.v, call.options);
    return { o: await result.o.data(), state: Float64Array.from(await result.state.data()) };
  }

  test.each(kinds)("%o: in pieces it is what it is at once", async (kind) => {
    const given = make(kind, { steps: 150, heads: 2 });
    const all = gatedOracle(inputOf(given));
    const values: number[] = [];
    let state: Float64Array | undefined;
    for (const [from, to] of [
      [0, 70],
      [70, 71],
      [71, 72],
      [72, 150],
    ] as const) {
      const part = await piece(engine(), given, from, to, state);
      values.push(...part.o);
      state = part.state;
    }
    expect(rmsRatio(values, all.o)).toBeLessThanOrEqual(1e-5);
    expect(rmsRatio(state as Float64Array, all.state)).toBeLessThanOrEqual(1e-5);
  });

  test("a packed sequence has the bits that it has alone", async () => {
    for (const vector of [false, true]) {
      const given: GatedCase = { gate: "gate", vector, steps: 120, k: 8, v: 8 };
      const call = callOf(engine(), { ...given, cuSeqlens: [0, 70, 120] });
      const packed = forwardOf(given)(call.q, call.k, call.v, call.options);
      const alone = await piece(engine(), given, 70, 120, undefined);
      expect((await packed.o.data()).subarray(70 * 8)).toEqual(alone.o);
    }
  });

  test.each([
    { name: "scalar", vector: false },
    { name: "vector", vector: true },
  ])("a $name step updates its state in place", async ({ vector }) => {
    for (const stateLayout of ["kv", "vk"] as const) {
      const given: GatedCase = { gate: "gate", vector, steps: 1, heads: 2, k: 8, v: 24, initial: true, stateLayout };
      const { q, k, v, options } = callOf(engine(), given);
      const { initialState, ...others } = options;
      const whole = forwardOf(given)(q, k, v, options);
      const state = cloneState(initialState as Tensor);
      const [saved] = saveStates([state]) as [Tensor];
      const step = (vector ? vectorGateStep : scalarGateStep) as typeof scalarGateStep;
      const result = step(state, q, k, v, others as Parameters<typeof scalarGateStep>[4]);
      expect(result.state).toBe(state);
      expect(await state.data()).toEqual(await whole.state.data());
      expect(await result.o.data()).toEqual(await whole.o.data());
      rollback([state], [saved]);
      expect(await state.data()).toEqual(await (initialState as Tensor).data());
    }
  });

  test.each(kinds)("%o: a masked step neither writes nor decays", async (kind) => {
    const given = make(kind, { steps: 80, heads: 2, initial: true });
    const keep: number[] = Array.from({ length: 80 }, (_, t) => (t < 3 || t % 7 === 5 || t > 75 ? 0 : 1));
    const seen = keep.reduce((count, x) => count + x, 0);
    const call = callOf(engine(), given);
    const input = inputOf(given);
    const { channels, columns, valueHeads, heads } = input;
    const only = (x: Float64Array, width: number) => x.filter((_, i) => keep[Math.floor(i / width)] === 1);
    const expected = gatedOracle({
      ...{ ...input, steps: seen },
      q: only(input.q, heads * channels),
      k: only(input.k, heads * channels),
      v: only(input.v, valueHeads * columns),
      factor: only(input.factor, valueHeads * channels),
    });
    for (const dtype of ["u8", "i32"] as const) {
      const mask = engine().tensor(dtype === "u8" ? Uint8Array.from(keep) : Int32Array.from(keep), { shape: [1, 80] });
      const before = heldBy(engine());
      const result = forwardOf(given)(call.q, call.k, call.v, { ...call.options, mask });
      const o = await result.o.data();
      expect(rmsRatio(only(Float64Array.from(o), valueHeads * columns), expected.o)).toBeLessThanOrEqual(1e-5);
      expect(rmsRatio(await result.state.data(), expected.state)).toBeLessThanOrEqual(1e-5);
      const width = valueHeads * columns;
      expect(o.every((x, i) => keep[Math.floor(i / width)] === 1 || x === 0)).toBe(true);
      const gradients = backwardOf(given)(call.q, call.k, call.v, call.dO, { ...call.backward, mask });
      const dv = await gradients.dv.data();
      expect(dv.every((x, i) => keep[Math.floor(i / width)] === 1 || x === 0)).toBe(true);
      const own = gradients.dGate ?? gradients.dSignedGate;
      const gateWidth = valueHeads * (given.vector ? channels : 1);
      const dGate = (await own?.data()) ?? new Float32Array();
      expect(dGate.every((x, i) => keep[Math.floor(i / gateWidth)] === 1 || x === 0)).toBe(true);
      if (given.gate === "decay") expect(gradients.dDecay?.shape).toEqual([valueHeads]);
      for (const tensor of [result.o, result.state, ...Object.values(gradients)]) (tensor as Tensor).dispose();
      expect(heldBy(engine())).toBe(before);
    }
  });

  test("a NaN stays in its head, and in what is at or behind its chunk", async () => {
    for (const vector of [false, true]) {
      const given: GatedCase = { gate: "gate", vector, steps: 100, heads: 2, k: 8, v: 8 };
      const input = inputOf(given);
      const call = callOf(engine(), given, { ...input, k: input.k.map((x, i) => (i === 50 * 16 ? Number.NaN : x)) });
      const o = await forwardOf(given)(call.q, call.k, call.v, call.options).o.data();
      const isIn = (i: number, from: number) => i % 16 < 8 && i >= from * 16;
      expect(o.every((x, i) => !isIn(i, 50) || Number.isNaN(x))).toBe(true);
      expect(o.every((x, i) => isIn(i, 32) || Number.isFinite(x))).toBe(true);
    }
  });

  test("half floats come and go, in f32 within", async () => {
    for (const dtype of ["f16", "bf16"] as const) {
      const given: GatedCase = { gate: "gate", steps: 90, k: 8, v: 8 };
      const call = callOf(engine(), given);
      const half = async (tensor: Tensor) => engine().tensor(await tensor.data(), { shape: tensor.shape, dtype });
      const [q, k, v, dO] = await Promise.all([call.q, call.k, call.v, call.dO].map(half));
      const result = forwardOf(given)(q as Tensor, k as Tensor, v as Tensor, call.options);
      expect([result.o.dtype, result.state.dtype]).toEqual([dtype, "f32"]);
      const wide = forwardOf(given)(call.q, call.k, call.v, call.options);
      const within = dtype === "f16" ? 1e-3 : 1e-2;
      expect(rmsRatio(await result.o.data(), await wide.o.data())).toBeLessThanOrEqual(within);
      const gradients = backwardOf(given)(q as Tensor, k as Tensor, v as Tensor, dO as Tensor, call.options as object);
      expect([gradients.dq.dtype, gradients.dGate?.dtype]).toEqual([dtype, "f32"]);
    }
  });
});

describe("threads", () => {
  const [one, two] = [openFor(wasmBackends[0] as TestBackend), openFor(wasmBackends[1] as TestBackend)];

  test.each(kinds)("%o: two give the bits of one", async (kind) => {
    const given = make(kind, { steps: 130, heads: 1, share: 2, k: 32, v: 64 });
    const run = async (open: Engine) => {
      const { q, k, v, dO, options, backward } = callOf(open, given);
      const results = { ...forwardOf(given)(q, k, v, options), ...backwardOf(given)(q, k, v, dO, backward) };
      return Promise.all(Object.values(results as Record<string, Tensor>).map((tensor) => tensor.data()));
    };
    expect(await run(two())).toEqual(await run(one()));
  });
});
