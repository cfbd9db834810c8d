/** What a caller relies on beside the numbers: pieces, masks, layouts, formats, seeds; and the exact rows of the published numbers. */
import { describe, expect, test } from "vitest";
import { cast } from "../../../src/ops/cast.js";
import { transpose } from "../../../src/ops/transpose.js";
import { lightnet } from "../../../src/systems/lightnet/lightnet.js";
import { lightnetBackward } from "../../../src/systems/lightnet/lightnet-backward.js";
import { logNormaliser } from "../../../src/systems/lightnet/state.js";
import { lightnetStep } from "../../../src/systems/lightnet/step.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { openFor, testBackends } from "../../support/engines.js";
import { gen, rmsRatio } from "../../support/golden.js";
import { generated, oracleOf, tensorsOf } from "./cases.js";

const within = async (actual: Tensor, expected: ArrayLike<number>, bound = 1e-6) =>
  expect(rmsRatio(await actual.data(), expected)).toBeLessThanOrEqual(bound);

describe.each(testBackends)("behaviour of lightnet on $name", (backend) => {
  const engine = openFor(backend);
  const { on } = backend;
  const tensor = (values: ArrayLike<number>, shape: readonly number[]) =>
    engine().tensor(Float32Array.from(values), { shape });
  const small = { batch: 2, time: 21, heads: 2, d: 8, e: 6 };
  const time = (x: Tensor, from: number, to: number) => {
    const [, , heads, d] = x.shape as unknown as [number, number, number, number];
    return x
      .rows(0, 1)
      .reshape([-1, heads, d])
      .rows(from, to)
      .reshape([1, to - from, heads, d]);
  };

  describe("four tokens of two channels", () => {
    const exact = () => ({
      q: tensor([1, 1, 2, 0, 0, 3, 1, -1], [1, 4, 1, 2]),
      x: tensor([1, 4, 2, 1, 3, 3, 6, 8].map(Math.log), [1, 4, 1, 2]),
      v: tensor([1, -1, 0, 2, 4, 1, 2, -3], [1, 4, 1, 2]),
    });

    test("G1", async () => {
      const { q, x, v } = exact();
      const { o, state } = lightnet(q, x, v, { scale: 1, on });
      await within(o, [2, -2, 2 / 3, 2, 6, 3 / 8, 1 / 12, 7 / 16]);
      await within(state.s, [25 / 12, -1, 2, -23 / 16]);
      await within(logNormaliser(state, { on }), [12, 16].map(Math.log));
    });

    test("G2 warm", async () => {
      const { q, x, v } = exact();
      const initialState = { s: tensor([3, 0, 1, -2], [1, 1, 2, 2]), z: tensor([2, 4].map(Math.log), [1, 1, 2]) };
      const { o, state } = lightnet(q, x, v, { scale: 1, initialState, on });
      await within(o, [10 / 3, -11 / 6, 14 / 5, 6 / 5, 5, -7 / 4, 29 / 70, 97 / 140]);
      await within(state.s, [31 / 14, -6 / 7, 9 / 5, -31 / 20]);
      await within(logNormaliser(state, { on }), [14, 20].map(Math.log));
    });

    test("G3 global", async () => {
      const { q, x, v } = exact();
      const { o, state } = lightnet(q, x, v, { scale: 1, global: true, on });
      await within(o, [49 / 12, -39 / 16, 25 / 6, -2, 6, -69 / 16, 1 / 12, 7 / 16]);
      await within(state.s, [25 / 12, -1, 2, -23 / 16]);
    });
  });

  test("M1 mask", async () => {
    const { q, k, v, dO } = tensorsOf(engine(), generated({ batch: 1, time: 7, heads: 1, d: 2, e: 2 }));
    const mask = engine().tensor([0, 0, 1, 1, 0, 1, 1], { shape: [1, 7], dtype: "u8" });
    const { o, state } = lightnet(q, k, v, { scale: 1, mask, on });
    const rows = [
      ...[0, 0, 0, 0, -0.28125, 0.0625, 0.620258863749, -0.067241136251],
      ...[0, 0, 0.022356803478, -0.000791485011, -0.148004019456, 0.012196883853],
    ];
    await within(o, rows);
    await within(logNormaliser(state, { on }), [1.666868844154, 2.916868844154]);
    const { dq, dk, dv } = lightnetBackward(q, k, v, dO, { scale: 1, mask, on });
    for (const gradient of [dq, dk, dv]) {
      const values = await gradient.data();
      for (const row of [0, 1, 4]) expect(Array.from(values.slice(2 * row, 2 * row + 2), Math.abs)).toEqual([0, 0]);
    }
  });

  test("pieces of any length, and single steps in place, are the whole", async () => {
    const given = { ...generated({ ...small, batch: 1 }), scale: 1 };
    const { q, k, v } = tensorsOf(engine(), given);
    const reference = oracleOf(given);
    for (const cuts of [
      [0, 5, 5, 21],
      [0, 1, 2, 20, 21],
    ]) {
      const pieces: number[] = [];
      let initialState: ReturnType<typeof lightnet>["state"] | undefined;
      for (const [i, from] of cuts.slice(0, -1).entries()) {
        const [a, b, c] = [q, k, v].map((x) => time(x, from, cuts[i + 1] as number)) as [Tensor, Tensor, Tensor];
        const { o, state } = lightnet(a, b, c, { scale: 1, on, ...(initialState && { initialState }) });
        pieces.push(...(await o.data()));
        initialState = state;
      }
      expect(rmsRatio(pieces, reference.o)).toBeLessThanOrEqual(1e-6);
      await within(initialState!.s, reference.s);
    }
    const { state } = lightnet(time(q, 0, 18), time(k, 0, 18), time(v, 0, 18), { scale: 1, on });
    const last: number[] = [];
    for (let t = 18; t < 21; t++) {
      const o = lightnetStep(state, time(q, t, t + 1), time(k, t, t + 1), time(v, t, t + 1), { scale: 1, on });
      last.push(...(await o.data()));
    }
    expect(rmsRatio(last, reference.o.slice(18 * 12))).toBeLessThanOrEqual(1e-6);
    await within(state.s, reference.s);
  });

  test("both layouts of tokens and of states", async () => {
    const { q, k, v } = tensorsOf(engine(), generated(small));
    const first = lightnet(q, k, v, { on });
    const swapped = [q, k, v].map((x) => transpose(x, { axes: [0, 2, 1, 3] })) as [Tensor, Tensor, Tensor];
    const second = lightnet(...swapped, { layout: "bhtd", stateLayout: "vk", on });
    await within(transpose(second.o, { axes: [0, 2, 1, 3] }), await first.o.data());
    await within(transpose(second.state.s, { axes: [0, 1, 3, 2] }), await first.state.s.data());
    const third = lightnet(...swapped, { layout: "bhtd", stateLayout: "vk", initialState: second.state, on });
    const fourth = lightnet(q, k, v, { initialState: first.state, on });
    await within(transpose(third.o, { axes: [0, 2, 1, 3] }), await fourth.o.data());
  });

  test("in reverse", async () => {
    const given = { ...generated({ batch: 1, time: 5, heads: 1, d: 2, e: 2 }) };
    const flip = (x: ArrayLike<number>) =>
      Float64Array.from(x, (_, i) => x[(4 - Math.floor(i / 2)) * 2 + (i % 2)] as number);
    const flipped = { ...given, q: flip(given.q), x: flip(given.x), v: flip(given.v), dO: flip(given.dO) };
    const { q, k, v, dO, options } = tensorsOf(engine(), given);
    const reference = oracleOf(flipped);
    await within(lightnet(q, k, v, { ...options, reverse: true, on }).o, flip(reference.o));
    const { dk } = lightnetBackward(q, k, v, dO, { ...options, reverse: true, on });
    await within(dk, flip(reference.dx), 1e-5);
  });

  test("a seed is a token of logit 0 and value 0", async () => {
    const given = generated(small);
    const { q, k, v, options } = tensorsOf(engine(), given);
    const { o } = lightnet(q, k, v, { ...options, seed: "one", on });
    await within(o, oracleOf({ ...given, z0: new Float64Array(2 * 2 * 8) }).o);
  });

  test("one gate per head", async () => {
    const { batch, time: tokens, heads, d } = small;
    const perHead = gen(batch * tokens * heads, 5, 1, 19, 4);
    const base = generated(small);
    const given = {
      ...base,
      key: base.q,
      x: Float64Array.from(base.q, (_, i) => perHead[Math.floor(i / d)] as number),
    };
    const { q, k, v, dO } = tensorsOf(engine(), given);
    const gate = tensor(perHead, [batch, tokens, heads]);
    const reference = oracleOf(given);
    await within(lightnet(q, k, v, { gate, scale: 1, on }).o, reference.o);
    const { dGate } = lightnetBackward(q, k, v, dO, { gate, scale: 1, on });
    expect(dGate!.shape).toEqual([batch, tokens, heads]);
    const sums = Float64Array.from(perHead, (_, i) => reference.dx.slice(i * d, i * d + d).reduce((a, b) => a + b));
    await within(dGate!, sums, 1e-5);
  });

  test.each(["f16", "bf16"] as const)("%s in, %s out", async (dtype) => {
    const given = generated(small);
    const { q, k, v, dO, options } = tensorsOf(engine(), given);
    const [a, b, c, g] = [q, k, v, dO].map((x) => cast(x, dtype)) as [Tensor, Tensor, Tensor, Tensor];
    const { o, state } = lightnet(a, b, c, { ...options, on });
    const reference = oracleOf(given);
    expect([o.dtype, state.s.dtype]).toEqual([dtype, "f32"]);
    await within(o, reference.o, dtype === "f16" ? 1e-3 : 8e-3);
    const { dv } = lightnetBackward(a, b, c, g, { ...options, on });
    expect(dv.dtype).toBe("f32");
    await within(dv, reference.dv, dtype === "f16" ? 1e-3 : 8e-3);
  });

  test("NaN and +inf stay in their head and sequence, from their step on", async () => {
    for (const wrong of [Number.NaN, Infinity]) {
      const given = generated({ batch: 2, time: 9, heads: 2, d: 4, e: 3 });
      const x = Float64Array.from(given.x);
      // Batch entry 1, token 5, head 0, channel 2.
      x[((9 + 5) * 2 + 0) * 4 + 2] = wrong;
      const { q, k, v, options } = tensorsOf(engine(), { ...given, x });
      const o = await lightnet(q, k, v, { ...options, on }).o.data();
      const reference = oracleOf(given).o;
      o.forEach((value, i) => {
        const [head, token, entry] = [Math.floor(i / 3) % 2, Math.floor(i / 6) % 9, Math.floor(i / 54)];
        const isHit = entry === 1 && head === 0 && token >= 5;
        if (isHit) expect(value).toBeNaN();
        else expect(Math.abs(value - (reference[i] as number))).toBeLessThan(1e-5);
      });
    }
  });
});
