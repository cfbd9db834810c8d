/** Bad input to the delta rule is named before anything is written. */
import { describe, expect, test } from "vitest";
import { DTypeError, InputError, ShapeError } from "../../../src/backends/contract.js";
import { delta } from "../../../src/ops/recurrence/delta.js";
import { deltaBackward } from "../../../src/ops/recurrence/delta-backward.js";
import { deltaStep } from "../../../src/ops/recurrence/delta-step.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { openFor, type TestBackend, wasmBackends } from "../../support/engines.js";
import { prepareDelta } from "./delta-cases.js";

describe.each(wasmBackends.slice(0, 1))("delta on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  function setUp() {
    const given = { batch: 1, steps: 6, heads: 2, k: 4, v: 3, gate: "head", initialState: true } as const;
    const { tensors, options } = prepareDelta(engine(), given);
    const make = (shape: readonly number[], fill: number, odd?: readonly [index: number, value: number]) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(fill);
      if (odd) values[odd[0]] = odd[1];
      return engine().tensor(values, { shape });
    };
    return { ...tensors, options, gate: options.gate as Tensor, state: options.initialState as Tensor, make };
  }

  test("shapes, dtypes and options", async () => {
    const { q, k, v, beta, dO, gate, state, make } = setUp();
    const half = engine().fromBits(new Uint16Array(48), { shape: q.shape, dtype: "f16" });
    const three = make([1, 6, 3, 3], 1);
    // biome-ignore lint/suspicious/noExplicitAny: constructors of errors
    const rows: [() => unknown, any, RegExp][] = [
      [() => delta(q, make([1, 5, 2, 4], 1), v, beta), ShapeError, /argument k .*expected \[1, 6, 2, 4\]/],
      [() => delta(q, half, v, beta), DTypeError, /argument k has dtype f16/],
      [() => delta(q, k, make([1, 6, 2], 1), beta), ShapeError, /argument v /],
      [() => delta(q, k, three, beta), ShapeError, /argument v .*multiple of the 2 heads/],
      [() => delta(q, k, v, make([1, 6, 1], 1)), ShapeError, /argument beta .*expected \[1, 6, 2\]/],
      [
        () => delta(make([1, 6, 2, 0], 1), make([1, 6, 2, 0], 1), v, beta),
        ShapeError,
        /argument q .*at least one channel/,
      ],
      [() => delta(q, k, make([1, 6, 2, 0], 1), beta), ShapeError, /argument v .*at least one channel/],
      [() => delta(q, k, v, beta, { gate: make([1, 6, 1], 0) }), ShapeError, /argument gate /],
      [
        () => delta(q, k, v, beta, { gate: make([1, 6, 2, 3], 0) }),
        ShapeError,
        /argument gate .*expected \[1, 6, 2, 4\]/,
      ],
      [() => delta(q, k, v, beta, { signedGate: make([6, 2], 0) }), ShapeError, /argument signedGate /],
      [() => delta(q, k, v, beta, { gate, signedGate: gate }), InputError, /argument signedGate was given with gate/],
      [() => delta(q, k, v, beta, { householders: 0 }), InputError, /argument householders is 0/],
      [() => delta(q, k, v, beta, { householders: 1.5 }), InputError, /argument householders is 1.5/],
      [() => delta(q, k, v, beta, { householders: 2 }), ShapeError, /argument k .*expected \[1, 12, 2, 4\]/],
      [() => delta(q, k, v, beta, { chunk: 128 }), InputError, /argument chunk is 128; expected one of 16, 32, 64/],
      [() => delta(q, k, v, beta, { form: "parallel" as "auto" }), InputError, /argument form is parallel/],
      [() => delta(q, k, v, beta, { scale: Number.NaN }), InputError, /argument scale/],
      [() => delta(q, k, v, beta, { initialState: state, stateLayout: "vk" }), ShapeError, /argument initialState /],
      [() => delta(q, k, v, beta, { initialState: q }), ShapeError, /argument initialState /],
      [() => delta(q, k, v, beta, { initialState: half }), DTypeError, /argument initialState has dtype f16/],
      [() => delta(q, k, v, beta, { initialState: state, cuSeqlens: [0, 3, 6] }), ShapeError, /argument initialState /],
      [() => delta(q, k, v, beta, { cuSeqlens: [1, 6] }), InputError, /argument cuSeqlens/],
      [() => delta(q, k, v, beta, { cuSeqlens: [0, 4, 3, 6] }), InputError, /argument cuSeqlens/],
      [() => delta(q, k, v, beta, { cuSeqlens: [0, 5] }), InputError, /argument cuSeqlens/],
      [() => delta(q, k, v, beta, { mask: make([1, 6], 1) }), DTypeError, /argument mask/],
      [() => deltaBackward(q, k, v, beta, q), ShapeError, /argument dO /],
      [() => deltaBackward(q, k, v, beta, dO, { dState: dO }), ShapeError, /argument dState /],
      [() => deltaStep(state, q, k, v, beta), ShapeError, /argument q .*one step/],
    ];
    for (const [attempt, type, message] of rows) {
      expect(attempt).toThrowError(type);
      expect(attempt).toThrowError(message);
    }
    const two = prepareDelta(engine(), { batch: 2, steps: 3 }).tensors;
    expect(() => delta(two.q, two.k, two.v, two.beta, { cuSeqlens: [0, 3] })).toThrowError(/needs a batch of 1/);
  });

  test("values that would make the state grow, and on request any that are not finite", async () => {
    const { q, k, v, beta, dO, make } = setUp();
    const o = make([1, 6, 2, 3], 5);
    const growing = make([1, 6, 2], -1, [5, 0.25]);
    const beyond = make([1, 6, 2, 4], 0.5, [47, -1.5]);
    const broken = make([1, 6, 2, 3], 1, [7, Number.NaN]);
    const strong = make([1, 6, 2], 1, [3, 2.5]);
    // The first call waits for the kernels, and so would what it throws of its values.
    await delta(q, k, v, beta).o.data();
    const rows: [() => unknown, RegExp][] = [
      [() => delta(q, k, v, beta, { gate: growing, out: { o } }), /argument gate is 0.25 at \[0, 2, 1\]/],
      [() => delta(q, k, v, beta, { signedGate: beyond }), /argument signedGate is -1.5 at \[0, 5, 1, 3\]/],
      [() => deltaBackward(q, k, v, beta, dO, { gate: growing }), /deltaBackward: argument gate is 0.25/],
      [() => delta(q, k, broken, beta, { validate: true }), /argument v is NaN at \[0, 1, 0, 1\]/],
      [() => delta(q, k, v, strong, { validate: true }), /argument beta makes beta \|k\|\^2 as large as 2.49999/],
    ];
    for (const [attempt, message] of rows) {
      expect(attempt).toThrowError(InputError);
      expect(attempt).toThrowError(message);
    }
    expect(await o.data()).toEqual(new Float32Array(36).fill(5));
    for (const options of [
      { gate: growing, allowGrowth: true },
      { signedGate: beyond, allowGrowth: true },
    ]) {
      expect(delta(q, k, v, beta, options).o.shape).toEqual([1, 6, 2, 3]);
    }
    expect(delta(q, k, v, strong, { validate: true, allowNonContractive: true }).o.shape).toEqual([1, 6, 2, 3]);
    expect(delta(q, k, v, beta, { validate: true }).o.shape).toEqual([1, 6, 2, 3]);
  });

  test("no steps give no output and the state as it was", async () => {
    const { tensors, options } = prepareDelta(engine(), { steps: 0, initialState: true });
    const { q, k, v, beta } = tensors;
    const { o, state } = delta(q, k, v, beta, options);
    expect(o.shape).toEqual([2, 0, 2, 8]);
    expect(await state.data()).toEqual(await (options.initialState as Tensor).data());
  });
});
