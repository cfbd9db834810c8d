/** Bad input as the state-tracking paper's users meet it: one table, walked by every core, forward and backward. */
import { describe, expect, test } from "vitest";
import { DTypeError, InputError, ShapeError } from "../../../src/backends/contract.js";
import {
  delta,
  deltaBackward,
  lowRank,
  lowRankBackward,
  scalarGate,
  scalarGateBackward,
  vectorGate,
  vectorGateBackward,
} from "../../../src/ops/recurrence/index.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { openFor, type TestBackend, wasmBackends } from "../../support/engines.js";

const engine = openFor(wasmBackends[0] as TestBackend);

const full = (value: number, ...shape: number[]) =>
  engine().tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value), { shape });

interface Sizes {
  readonly batch: number;
  readonly steps: number;
  readonly heads: number;
  readonly valueHeads: number;
  readonly k: number;
  readonly v: number;
}

type Operands = Record<string, Tensor>;

interface Core {
  /** Names in the order of the call. */
  readonly operands: (sizes: Sizes) => Operands;
  readonly gate: (sizes: Sizes, value: number) => Tensor;
  // biome-ignore lint/suspicious/noExplicitAny: the table calls every core with wrong arguments
  readonly forward: (...args: any[]) => { o: Tensor; state: Tensor };
  // biome-ignore lint/suspicious/noExplicitAny: the table calls every core with wrong arguments
  readonly backward: (...args: any[]) => unknown;
}

const qkv = ({ batch, steps, heads, valueHeads, k, v }: Sizes): Operands => ({
  q: full(0.1, batch, steps, heads, k),
  k: full(0.1, batch, steps, heads, k),
  v: full(0.1, batch, steps, valueHeads, v),
});
const perHead = ({ batch, steps, valueHeads }: Sizes, value: number) => full(value, batch, steps, valueHeads);
const perChannel = ({ batch, steps, valueHeads, k }: Sizes, value: number) => full(value, batch, steps, valueHeads, k);
const withBeta = (sizes: Sizes) => ({ ...qkv(sizes), beta: perHead(sizes, 0.5) });
const withPair = (sizes: Sizes) => ({ ...qkv(sizes), a: perChannel(sizes, 0.1), b: perChannel(sizes, 0.1) });

const cores: Readonly<Record<string, Core>> = {
  "A, scalarGate": { operands: qkv, gate: perHead, forward: scalarGate, backward: scalarGateBackward },
  "B, vectorGate": { operands: qkv, gate: perChannel, forward: vectorGate, backward: vectorGateBackward },
  "C, delta": { operands: withBeta, gate: perHead, forward: delta, backward: deltaBackward },
  "C', delta by channels": { operands: withBeta, gate: perChannel, forward: delta, backward: deltaBackward },
  "D, lowRank": { operands: withPair, gate: perChannel, forward: lowRank, backward: lowRankBackward },
};

const good: Sizes = { batch: 1, steps: 6, heads: 2, valueHeads: 2, k: 4, v: 3 };

interface Wrong {
  readonly kind: typeof InputError | typeof ShapeError | typeof DTypeError;
  readonly argument: string;
  readonly sizes?: Partial<Sizes>;
  readonly operands?: () => Operands;
  readonly options?: () => object;
}

const row = (kind: Wrong["kind"], argument: string, rest: Omit<Wrong, "kind" | "argument">): Wrong => ({
  ...{ kind, argument, ...rest },
});
const offsets = (cuSeqlens: readonly number[], sizes: Partial<Sizes> = {}) =>
  row(InputError, "cuSeqlens", { sizes, options: () => ({ cuSeqlens }) });
const state = (kind: Wrong["kind"], make: () => Tensor, more: object = {}) =>
  row(kind, "initialState", { options: () => ({ ...more, initialState: make() }) });
const chunk = (size: number) => row(InputError, "chunk", { options: () => ({ chunk: size }) });

const table: Readonly<Record<string, Wrong>> = {
  "k of other channels": row(ShapeError, "k", { operands: () => ({ k: full(0, 1, 6, 2, 5) }) }),
  "k of other steps": row(ShapeError, "k", { operands: () => ({ k: full(0, 1, 5, 2, 4) }) }),
  "v of other steps": row(ShapeError, "v", { operands: () => ({ v: full(0, 1, 5, 2, 3) }) }),
  "q of rank 3": row(ShapeError, "q", { operands: () => ({ q: full(0, 6, 2, 4) }) }),
  "no key channels": row(ShapeError, "q", { sizes: { k: 0 } }),
  "no value channels": row(ShapeError, "v", { sizes: { v: 0 } }),
  "value heads that are no multiple of the key heads": row(ShapeError, "v", { sizes: { valueHeads: 3 } }),
  "k of another dtype": row(DTypeError, "k", {
    operands: () => ({ k: engine().tensor(new Float32Array(48), { shape: [1, 6, 2, 4], dtype: "f16" }) }),
  }),
  integers: row(DTypeError, "q", {
    operands: () => ({ q: engine().tensor(new Int32Array(48), { shape: [1, 6, 2, 4] }) }),
  }),
  "a gate of another shape": row(ShapeError, "gate", { options: () => ({ gate: full(0, 1, 6, 7) }) }),
  "offsets that do not start at 0": offsets([1, 6]),
  "offsets that fall": offsets([0, 4, 3, 6]),
  "offsets that do not reach the end": offsets([0, 5]),
  "offsets beyond the end": offsets([0, 7]),
  "offsets that are no integers": offsets([0, 2.5, 6]),
  "no offsets": offsets([]),
  "offsets in a batch of 2": offsets([0, 6], { batch: 2 }),
  "a chunk of 0": chunk(0),
  "a chunk of 8": chunk(8),
  "a chunk of 48": chunk(48),
  "a chunk below 0": chunk(-16),
  "half a chunk": chunk(16.5),
  "a state of the other layout": state(ShapeError, () => full(0, 1, 2, 3, 4)),
  "a state for vk in kv": state(ShapeError, () => full(0, 1, 2, 4, 3), { stateLayout: "vk" }),
  "a state of another sequence count": state(ShapeError, () => full(0, 2, 2, 4, 3)),
  "one state for two packed sequences": state(ShapeError, () => full(0, 1, 2, 4, 3), { cuSeqlens: [0, 2, 6] }),
  "a state in f16": state(DTypeError, () =>
    engine().tensor(new Float32Array(24), { shape: [1, 2, 4, 3], dtype: "f16" }),
  ),
};

function argumentsOf(core: Core, { sizes, operands, options }: Partial<Wrong>) {
  const all = { ...good, ...sizes };
  const given = { ...core.operands(all), ...operands?.() };
  const extras = { gate: core.gate(all, -0.5), ...options?.() };
  return { given: Object.values(given), extras, dO: full(1, all.batch, all.steps, all.valueHeads, all.v) };
}

function expectError(call: () => unknown, { kind, argument }: Pick<Wrong, "kind" | "argument">): void {
  let caught: unknown;
  try {
    call();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(kind);
  expect((caught as InputError).argument).toBe(argument);
}

describe.each(Object.entries(cores))("core %s", (name, core) => {
  test.each(Object.entries(table))("%s", (_, wrong) => {
    const { given, extras, dO } = argumentsOf(core, wrong);
    expectError(() => core.forward(...given, extras), wrong);
    expectError(() => core.backward(...given, dO, extras), wrong);
  });

  test("a gate that grows, without the flag and with it, leaves the outputs alone", async () => {
    const { given, extras } = argumentsOf(core, {});
    // The first call waits for the kernels; later ones check their values at once.
    await core.forward(...given, extras).o.data();
    const gate = core.gate(good, 0.25);
    const out = { o: full(5, 1, 6, 2, 3), state: full(5, 1, 2, 4, 3) };
    expectError(() => core.forward(...given, { gate, out }), { kind: InputError, argument: "gate" });
    for (const tensor of Object.values(out)) expect((await tensor.data()).every((x) => x === 5)).toBe(true);
    expect(() => core.forward(...given, { gate, allowGrowth: true })).not.toThrow();
    const broken = given.with(2, full(Number.NaN, 1, 6, 2, 3));
    expectError(() => core.forward(...broken, { ...extras, validate: true }), { kind: InputError, argument: "v" });
    expect(() => core.forward(...broken, extras)).not.toThrow();
  });

  test("a hard reset forgets what came before", async () => {
    const { given } = argumentsOf(core, {});
    const values = Float32Array.from(await core.gate(good, 0).data());
    values.fill(-Infinity, values.length / 2, (values.length / 6) * 4);
    const gate = engine().tensor(values, { shape: core.gate(good, 0).shape });
    for (const form of ["sequential", "chunked"] as const) {
      const initialState = full(3, 1, 2, 4, 3);
      const cold = await core.forward(...given, { gate, form }).state.data();
      const warm = await core.forward(...given, { gate, form, initialState }).state.data();
      // Core D adds its rank-one term to the state from before the decay.
      if (name.startsWith("D")) expect(warm.every(Number.isFinite)).toBe(true);
      else expect(Array.from(warm)).toEqual(Array.from(cold));
    }
  });

  test("no steps are legal: no output, and the state as it was", async () => {
    const { given, extras, dO } = argumentsOf(core, { sizes: { steps: 0 } });
    const initialState = full(3, 1, 2, 4, 3);
    for (const form of ["sequential", "chunked"] as const) {
      const { o, state } = core.forward(...given, { ...extras, form, initialState });
      expect(o.shape).toEqual([1, 0, 2, 3]);
      expect((await state.data()).every((x) => x === 3)).toBe(true);
      expect(() => core.backward(...given, dO, { ...extras, form, initialState })).not.toThrow();
    }
    const packed = argumentsOf(core, {
      options: () => ({ cuSeqlens: [0, 0, 6, 6], initialState: full(3, 3, 2, 4, 3) }),
    });
    const states = await core.forward(...packed.given, packed.extras).state.data();
    expect(states.slice(0, 24).every((x) => x === 3)).toBe(true);
    expect(states.slice(48).every((x) => x === 3)).toBe(true);
  });
});

describe("core C alone", () => {
  const call =
    (householders: unknown, options: object = {}) =>
    () => {
      const { q, k, v, beta } = withBeta(good) as { q: Tensor; k: Tensor; v: Tensor; beta: Tensor };
      return delta(q, k, v, beta, { householders: householders as number, ...options });
    };

  test.each([0, -1, 1.5, Number.NaN])("%s keys per step", (count) => {
    expectError(call(count), { kind: InputError, argument: "householders" });
  });

  test("keys for another number of them", () => expectError(call(2), { kind: ShapeError, argument: "k" }));

  test("a step that enlarges the state is named under validate, unless it is allowed", async () => {
    await call(1)().o.data();
    const { q, v, beta } = withBeta(good) as { q: Tensor; k: Tensor; v: Tensor; beta: Tensor };
    // beta |k|^2 = 0.5 x 4 x 1.5^2 = 4.5
    const k = full(1.5, 1, 6, 2, 4);
    expect(() => delta(q, k, v, beta)).not.toThrow();
    expect(() => delta(q, k, v, beta, { validate: true })).toThrow(InputError);
    expect(() => delta(q, k, v, beta, { validate: true, allowNonContractive: true })).not.toThrow();
  });
});
