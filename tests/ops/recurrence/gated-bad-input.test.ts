/** Whatever is wrong with a call is said by name, before anything is written. */
import { describe, expect, test } from "vitest";
import { DTypeError, InputError, ShapeError, UnsupportedError } from "../../../src/backends/contract.js";
import { scalarGate, scalarGateBackward, scalarGateStep } from "../../../src/ops/recurrence/scalar-gate.js";
import { vectorGate } from "../../../src/ops/recurrence/vector-gate.js";
import { openFor, type TestBackend, wasmBackends } from "../../support/engines.js";

const engine = () => open();
const open = openFor(wasmBackends[0] as TestBackend);

const zeros = (...shape: number[]) => engine().tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), { shape });

/** q, k [1, 6, 2, 4], v [1, 6, 4, 3]. */
const good = () => [zeros(1, 6, 2, 4), zeros(1, 6, 2, 4), zeros(1, 6, 4, 3)] as const;

type Kind = typeof InputError | typeof ShapeError | typeof DTypeError;

function expectError(call: () => unknown, kind: Kind, argument: string): void {
  let caught: unknown;
  try {
    call();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(kind);
  expect((caught as InputError).argument).toBe(argument);
}

describe("shapes", () => {
  test("q, k, v and dO", () => {
    const [q, k, v] = good();
    expectError(() => scalarGate(zeros(6, 2, 4), k, v), ShapeError, "q");
    expectError(() => scalarGate(q, zeros(1, 6, 2, 5), v), ShapeError, "k");
    expectError(() => scalarGate(q, zeros(1, 5, 2, 4), v), ShapeError, "k");
    expectError(() => scalarGate(q, k, zeros(1, 5, 4, 3)), ShapeError, "v");
    expectError(() => scalarGate(q, k, zeros(1, 6, 3, 3)), ShapeError, "v");
    expectError(() => scalarGate(q, k, zeros(1, 6, 4, 0)), ShapeError, "v");
    expectError(() => scalarGate(zeros(1, 6, 2, 0), zeros(1, 6, 2, 0), v), ShapeError, "q");
    expectError(() => scalarGateBackward(q, k, v, zeros(1, 6, 4, 4)), ShapeError, "dO");
    expectError(() => scalarGate(undefined as never, k, v), InputError, "q");
  });

  test("gates and bonus", () => {
    const [q, k, v] = good();
    expectError(() => scalarGate(q, k, v, { gate: zeros(1, 6, 2) }), ShapeError, "gate");
    expectError(() => scalarGate(q, k, v, { decay: zeros(2) }), ShapeError, "decay");
    expectError(() => scalarGate(q, k, v, { gate: zeros(1, 6, 4), decay: zeros(4) }), InputError, "gate");
    expectError(() => vectorGate(q, k, v, {}), InputError, "gate");
    expectError(() => vectorGate(q, k, v, { gate: zeros(1, 6, 4) }), ShapeError, "gate");
    expectError(() => vectorGate(q, k, v, { gate: zeros(1, 6, 4, 4), bonus: zeros(4, 4) }), ShapeError, "bonus");
    const half = engine().tensor(new Float32Array(24), { shape: [1, 6, 4], dtype: "f16" });
    expectError(() => scalarGate(q, k, v, { gate: half }), DTypeError, "gate");
  });

  test("states of another layout, count or dtype", () => {
    const [q, k, v] = good();
    expectError(() => scalarGate(q, k, v, { initialState: zeros(1, 4, 3, 4) }), ShapeError, "initialState");
    expectError(() => scalarGate(q, k, v, { initialState: zeros(2, 4, 4, 3) }), ShapeError, "initialState");
    const cuSeqlens = [0, 2, 6];
    expectError(() => scalarGate(q, k, v, { cuSeqlens, initialState: zeros(1, 4, 4, 3) }), ShapeError, "initialState");
    const half = engine().tensor(new Float32Array(48), { shape: [1, 4, 4, 3], dtype: "f16" });
    expectError(() => scalarGate(q, k, v, { initialState: half }), DTypeError, "initialState");
    expectError(() => scalarGateBackward(q, k, v, v, { dState: zeros(1, 4, 3, 4) }), ShapeError, "dState");
  });
});

describe("options", () => {
  test.each([[[1, 6]], [[0, 4, 3, 6]], [[0, 5]], [[0, 2.5, 6]], [[]]])("cuSeqlens %o", (cuSeqlens) => {
    expectError(() => scalarGate(...good(), { cuSeqlens }), InputError, "cuSeqlens");
  });

  test("cuSeqlens with a batch", () => {
    const [q, v] = [zeros(2, 6, 2, 4), zeros(2, 6, 4, 3)];
    expectError(() => scalarGate(q, q, v, { cuSeqlens: [0, 6] }), InputError, "cuSeqlens");
  });

  test("chunk, form, layouts, scale and flags", () => {
    const [q, k, v] = good();
    for (const chunk of [0, 8, 48, 512, -16, 1.5]) {
      expectError(() => scalarGate(q, k, v, { chunk }), InputError, "chunk");
    }
    const gate = zeros(1, 6, 4, 4);
    expectError(() => vectorGate(q, k, v, { gate, chunk: 128 }), InputError, "chunk");
    expectError(() => vectorGate(q, k, v, { gate, bonus: zeros(2, 4), exclusive: false }), InputError, "exclusive");
    expectError(() => scalarGate(q, k, v, { form: "fast" as never }), InputError, "form");
    expectError(() => scalarGate(q, k, v, { layout: "tbhd" as never }), InputError, "layout");
    expectError(() => scalarGate(q, k, v, { stateLayout: "kk" as never }), InputError, "stateLayout");
    expectError(() => scalarGate(q, k, v, { scale: Number.NaN }), InputError, "scale");
    expectError(() => scalarGate(q, k, v, { reverse: 1 as never }), InputError, "reverse");
  });

  test("masks", () => {
    const [q, k, v] = good();
    expectError(() => scalarGate(q, k, v, { mask: zeros(1, 6) }), DTypeError, "mask");
    const short = engine().tensor(new Uint8Array(5), { shape: [1, 5] });
    expectError(() => scalarGate(q, k, v, { mask: short }), ShapeError, "mask");
  });

  test("a step of several steps, and a result over an input", () => {
    const [q, k, v] = good();
    const state = zeros(1, 4, 4, 3);
    expectError(() => scalarGateStep(state, q, k, v), ShapeError, "q");
    const [x, y] = [zeros(1, 1, 2, 4), zeros(1, 1, 2, 4)];
    expectError(() => scalarGateStep(zeros(1, 2, 4, 4), x, x, y, { out: { o: y } }), InputError, "out");
  });
});

describe("values", () => {
  /** Calls once, so that the kernels are there and later calls run at once. */
  const load = async () => void (await scalarGate(...good()).o.data());

  test("growth is named with its place, and nothing is written", async () => {
    await load();
    const [q, k, v] = good();
    const state = zeros(1, 4, 4, 3);
    const before = await state.data();
    const gate = engine().tensor(
      Float32Array.from({ length: 24 }, (_, i) => (i === 13 ? 0.5 : -1)),
      {
        shape: [1, 6, 4],
      },
    );
    const call = () => scalarGate(q, k, v, { gate, initialState: state, out: { state } });
    expectError(call, InputError, "gate");
    expect(call).toThrow("is 0.5 at [0, 3, 1]");
    expect(await state.data()).toEqual(before);
    expect(() => scalarGate(q, k, v, { gate, allowGrowth: true })).not.toThrow();
    const decay = engine().tensor(Float32Array.of(-1, Number.NaN, 0, 0), { shape: [4] });
    expectError(() => scalarGate(q, k, v, { decay }), InputError, "decay");
    const signedGate = engine().tensor(
      Float32Array.from({ length: 24 }, () => -1.25),
      { shape: [1, 6, 4] },
    );
    expectError(() => scalarGate(q, k, v, { signedGate }), InputError, "signedGate");
  });

  test("validate names the first NaN or infinity; a hard reset is none", async () => {
    await load();
    const [q, k, v] = good();
    const bad = engine().tensor(
      Float32Array.from({ length: 72 }, (_, i) => (i === 40 ? Infinity : 1)),
      {
        shape: [1, 6, 4, 3],
      },
    );
    expectError(() => scalarGate(q, k, bad, { validate: true }), InputError, "v");
    expect(() => scalarGate(q, k, bad)).not.toThrow();
    const gate = engine().tensor(new Float32Array(24).fill(-Infinity), { shape: [1, 6, 4] });
    expect(() => scalarGate(q, k, v, { gate, validate: true })).not.toThrow();
    expect(() => scalarGate(q, k, v, { on: "webgpu" })).toThrow(UnsupportedError);
  });
});
