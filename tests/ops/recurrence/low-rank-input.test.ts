/** Bad input to the low-rank recurrence, and padding. */
import { describe, expect, test } from "vitest";
import { DTypeError, InputError, ShapeError } from "../../../src/backends/contract.js";
import { lowRank } from "../../../src/ops/recurrence/low-rank.js";
import { lowRankBackward } from "../../../src/ops/recurrence/low-rank-backward.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { openFor, type TestBackend, wasmBackends } from "../../support/engines.js";
import { rmsError } from "../attention-cases.js";
import { prepareLowRank } from "./low-rank-cases.js";

describe.each(wasmBackends)("lowRank on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  test("bad input is named before anything is written", async () => {
    const given = { steps: 6, heads: 2, k: 4, v: 3, gate: true, initialState: true };
    const { args, options, dO } = prepareLowRank(engine(), given);
    const [q, k, v, a, b] = args;
    const cut = (x: Tensor) => x.reshape([1, 6, 2, x.shape[3] as number]).rows(0, 0);
    const half = engine().fromBits(new Uint16Array(48), { shape: q.shape, dtype: "f16" });
    const state = options.initialState as Tensor;
    const output = engine().tensor(new Float32Array(36).fill(5), { shape: v.shape });
    const growing = engine().tensor(new Float32Array(48).fill(0.25), { shape: q.shape });
    const broken = engine().tensor(new Float32Array(48).fill(Number.NaN, 13, 14), { shape: q.shape });
    // The first call waits for the kernels, and so would what it throws of its values.
    await lowRank(...args).o.data();
    // biome-ignore lint/suspicious/noExplicitAny: constructors of errors
    const rows: [() => unknown, any, RegExp][] = [
      [() => lowRank(q, cut(k), v, a, b), ShapeError, /argument k /],
      [() => lowRank(q, k, v, cut(a), b), ShapeError, /argument a .*expected \[1, 6, 2, 4\]/],
      [() => lowRank(q, k, v, a, cut(b)), ShapeError, /argument b /],
      [() => lowRank(q, k, v, a, half), DTypeError, /argument b has dtype f16/],
      [() => lowRank(q, k, v, a, b, { gate: v }), ShapeError, /argument gate .*expected \[1, 6, 2, 4\]/],
      [
        () => lowRank(q, k, v, a, b, { gate: growing, out: { o: output } }),
        InputError,
        /argument gate is 0.25 at \[0, 0, 0, 0\]/,
      ],
      [
        () => lowRank(q, k, broken.reshape([1, 6, 2, 4]), a, b, { validate: true }),
        InputError,
        /argument v is NaN at \[0, 1, 1, 1\]/,
      ],
      [() => lowRank(q, k, v, a, b, { chunk: 128 }), InputError, /argument chunk is 128; expected one of 16, 32, 64/],
      [() => lowRank(q, k, v, a, b, { initialState: state, stateLayout: "vk" }), ShapeError, /argument initialState /],
      [
        () => lowRank(q, k, v, a, b, { initialState: state, cuSeqlens: [0, 3, 6] }),
        ShapeError,
        /argument initialState /,
      ],
      [() => lowRank(q, k, v, a, b, { cuSeqlens: [1, 6] }), InputError, /argument cuSeqlens/],
      [() => lowRank(q, k, v, a, b, { cuSeqlens: [0, 4, 3, 6] }), InputError, /argument cuSeqlens/],
      [() => lowRank(q, k, v, a, b, { cuSeqlens: [0, 5] }), InputError, /argument cuSeqlens/],
      [() => lowRank(q, k, v, a, b, { scale: Number.NaN }), InputError, /argument scale/],
      [() => lowRankBackward(q, k, v, a, b, q), ShapeError, /argument dO /],
      [() => lowRankBackward(q, k, v, a, b, dO, { dState: dO }), ShapeError, /argument dState /],
    ];
    for (const [attempt, type, message] of rows) {
      expect(attempt).toThrowError(type);
      expect(attempt).toThrowError(message);
    }
    expect(await output.data()).toEqual(new Float32Array(36).fill(5));
    expect(await lowRank(q, k, v, a, b, { gate: growing, allowGrowth: true }).o.data()).toHaveLength(36);
  });

  test("masked steps neither write nor decay, and have no gradients", async () => {
    const given = { steps: 24, heads: 2, k: 4, v: 4, gate: true, initialState: true } as const;
    const { args, options, dO, dState } = prepareLowRank(engine(), given);
    // Padding on both sides and one step in the middle.
    const kept = Array.from({ length: 24 }, (_, t) => (t < 3 || t >= 20 || t === 9 ? 0 : 1));
    const mask = engine().tensor(Uint8Array.from(kept), { shape: [1, 24] });
    const width = 8;
    const rowsOf = async (x: Tensor) => {
      const values = await x.data();
      return kept.flatMap((keep, t) => (keep ? [...values.subarray(t * width, (t + 1) * width)] : []));
    };
    const steps = kept.filter(Boolean).length;
    const short = async (x: Tensor) => engine().tensor(Float32Array.from(await rowsOf(x)), { shape: [1, steps, 2, 4] });
    const [q, k, v, a, b] = (await Promise.all(args.map(short))) as unknown as typeof args;
    const without = { ...options, gate: await short(options.gate as Tensor) };
    const wanted = lowRank(q, k, v, a, b, without);
    const actual = lowRank(...args, { ...options, mask });
    expect(rmsError(await rowsOf(actual.o), await wanted.o.data())).toBeLessThanOrEqual(1e-6);
    expect(rmsError(await actual.state.data(), await wanted.state.data())).toBeLessThanOrEqual(1e-6);
    const gradients = lowRankBackward(...args, dO, { ...options, dState, mask });
    const expected = lowRankBackward(q, k, v, a, b, await short(dO), { ...without, dState });
    for (const name of ["dq", "dk", "dv", "da", "db", "dGate"] as const) {
      const [x, y] = [gradients[name] as Tensor, expected[name] as Tensor];
      expect(rmsError(await rowsOf(x), await y.data()), name).toBeLessThanOrEqual(1e-6);
      const values = await x.data();
      const padding = kept.flatMap((keep, t) => (keep ? [] : [...values.subarray(t * width, (t + 1) * width)]));
      expect(
        padding.every((value) => value === 0),
        name,
      ).toBe(true);
    }
    expect(rmsError(await gradients.dInitialState.data(), await expected.dInitialState.data())).toBeLessThanOrEqual(
      1e-6,
    );
  });
});
