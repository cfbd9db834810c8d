/** The gates by themselves: rows G1 and G2 of the published numbers, oracles, and what they are made for. */
import { describe, expect, test } from "vitest";
import { grad } from "../../../src/autograd/index.js";
import { DTypeError, InputError, ShapeError } from "../../../src/backends/contract.js";
import { add, mul } from "../../../src/ops/binary.js";
import { vectorGate } from "../../../src/ops/recurrence/vector-gate.js";
import { sum } from "../../../src/ops/reduce.js";
import { log } from "../../../src/ops/unary.js";
import { gatesBackwardOracle, gatesOracle } from "../../../src/oracles/lightnet-gates.js";
import { type GatesOptions, lightnetGates } from "../../../src/systems/lightnet/gates.js";
import { lightnetGatesBackward } from "../../../src/systems/lightnet/gates-backward.js";
import { lightnet } from "../../../src/systems/lightnet/lightnet.js";
import { logNormaliser } from "../../../src/systems/lightnet/state.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { openFor, testBackends } from "../../support/engines.js";
import { gen, rmsRatio } from "../../support/golden.js";

describe.each(testBackends)("the gates of lightnet on $name", (backend) => {
  const engine = openFor(backend);
  const { on } = backend;
  const tensor = (values: ArrayLike<number>, shape: readonly number[]) =>
    engine().tensor(Float32Array.from(values), { shape });
  const within = async (actual: Tensor, expected: ArrayLike<number>, bound = 1e-6) =>
    expect(rmsRatio(await actual.data(), expected)).toBeLessThanOrEqual(bound);
  const z = (state: { readonly max: Tensor; readonly sum: Tensor }) => add(state.max, log(state.sum, { on }), { on });

  describe("four tokens of two channels", () => {
    const shape = [1, 4, 1, 2];
    const logits = () => tensor([1, 4, 2, 1, 3, 3, 6, 8].map(Math.log), shape);
    const dK = () => tensor([1, 0, 0, 1, 2, -1, -1, 1], shape);
    const dG = () => tensor([5, 5, 1, 0, 0, 1, 2, -2], shape);
    const dZ = () => tensor([3, -1], [1, 1, 2]);

    test("G1", async () => {
      const { k, g, state } = lightnetGates(logits(), { on });
      await within(k, [1, 1, 2 / 3, 1 / 5, 1 / 2, 3 / 8, 1 / 2, 1 / 2]);
      await within(g, [1, 1, 1 / 3, 4 / 5, 1 / 2, 5 / 8, 1 / 2, 1 / 2].map(Math.log));
      await within(z(state), [12, 16].map(Math.log));
      const { dx, dInitialZ } = lightnetGatesBackward(logits(), dK(), dG(), { dZ: dZ(), on });
      await within(dx, [23 / 24, -219 / 400, -1 / 12, 101 / 1600, 15 / 8, -81 / 64, 1 / 4, 3 / 4], 2e-6);
      expect(Array.from(await dInitialZ.data())).toEqual([0, 0]);
    });

    test.each(["z", "max and sum"])("G2 warm, from %s", async (form) => {
      const start = tensor([2, 4].map(Math.log), [1, 1, 2]);
      const whole = { max: tensor([1, 0], [1, 1, 2]), sum: tensor([2 / Math.E, 4], [1, 1, 2]) };
      const initialState = form === "z" ? { z: start } : whole;
      const { k, g, state } = lightnetGates(logits(), { initialState, on });
      await within(k, [1 / 3, 1 / 2, 2 / 5, 1 / 9, 3 / 8, 1 / 4, 3 / 7, 2 / 5]);
      await within(g, [2 / 3, 1 / 2, 3 / 5, 8 / 9, 5 / 8, 3 / 4, 4 / 7, 3 / 5].map(Math.log));
      await within(z(state), [14, 20].map(Math.log));
      const { dx, dInitialZ } = lightnetGatesBackward(logits(), dK(), dG(), { initialState, dZ: dZ(), on });
      const first = [-74287 / 70560, -23503 / 8100, 457 / 3920, 347 / 32400];
      await within(dx, [...first, 2391 / 1568, -339 / 400, 9 / 49, 16 / 25], 2e-6);
      await within(dInitialZ, [78593 / 35280, 16997 / 8100], 2e-6);
    });
  });

  /** Every channel of logits [T, H, K] against the oracle. */
  async function check(
    x: Float64Array,
    sizes: { time: number; heads: number; d: number },
    more: GatesOptions,
    z0?: ArrayLike<number>,
  ) {
    const { time, heads, d } = sizes;
    const shape = [1, time, heads, d];
    const [dk, dg, dz] = [gen(x.length, 13, 2, 29), gen(x.length, 9, 5, 31), gen(heads * d, 3, 1, 7)];
    const results = lightnetGates(tensor(x, shape), { ...more, on });
    const back = lightnetGatesBackward(tensor(x, shape), tensor(dk, shape), tensor(dg, shape), {
      ...{ ...more, on, dZ: tensor(dz, [1, heads, d]) },
    });
    const got = [results.k, results.g, back.dx, back.dInitialZ].map((each) => each.data());
    const [k, g, dx, dInitialZ] = (await Promise.all(got)) as [Float32Array, Float32Array, Float32Array, Float32Array];
    const expected = [new Float64Array(x.length), new Float64Array(x.length), new Float64Array(x.length)] as const;
    const ofStart = new Float64Array(heads * d);
    for (let c = 0; c < heads * d; c++) {
      const column = (from: ArrayLike<number>) =>
        Float64Array.from({ length: time }, (_, t) => {
          const value = from[(more.reverse ? time - 1 - t : t) * heads * d + c] as number;
          return from === x ? Math.fround(value) : value;
        });
      const logits = column(x);
      const start = z0 ? Math.fround(z0[c] as number) : -Infinity;
      const forward = gatesOracle(logits, start);
      const gradients = gatesBackwardOracle(logits, { dk: column(dk), dg: column(dg), dz: dz[c] as number }, start);
      for (let t = 0; t < time; t++) {
        const at = (more.reverse ? time - 1 - t : t) * heads * d + c;
        for (const [i, values] of [forward.k, forward.g, gradients.dx].entries())
          expected[i]![at] = values[t] as number;
      }
      ofStart[c] = gradients.dz0;
    }
    const all = [k, g, dx].map((values, i) => rmsRatio(values, expected[i] as Float64Array));
    expect(Math.max(all[0]!, all[1]!)).toBeLessThanOrEqual(1e-6);
    expect(all[2]).toBeLessThanOrEqual(1e-5);
    if (z0) expect(rmsRatio(dInitialZ, ofStart)).toBeLessThanOrEqual(1e-5);
    else expect(dInitialZ.every((value) => value === 0)).toBe(true);
  }

  const sizes = { time: 77, heads: 2, d: 7 };
  const x = gen(77 * 14, 5, 1, 19, 4);
  const z0 = gen(14, 2, 1, 9, 4);

  test("odd sizes, cold, warm and in reverse", async () => {
    await check(x, sizes, {});
    await check(x, sizes, { reverse: true });
    await check(x, sizes, { initialState: { z: tensor(z0, [1, 2, 7]) } }, z0);
  });

  test("huge logits, ramps, and a prefix without weight", async () => {
    await check(gen(77 * 14, 5, 1, 19, 1 / 16), sizes, {});
    await check(
      x.map((value, i) => value + Math.floor(i / 14)),
      sizes,
      {},
    );
    await check(
      x.map((value, i) => value - Math.floor(i / 14)),
      sizes,
      {},
    );
    await check(
      x.map((value, i) => (i < 3 * 14 + 4 || i % 11 === 0 ? -Infinity : value)),
      sizes,
      {},
    );
  });

  test("a recurrence over them is lightnet", async () => {
    const [q, v] = [tensor(gen(154 * 7, 7, 3, 17), [1, 77, 2, 7]), tensor(gen(154 * 5, 11, 4, 23), [1, 77, 2, 5])];
    const logits = tensor(x, [1, 77, 2, 7]);
    const cuSeqlens = [0, 30, 30, 31, 77];
    const { k, g, state } = lightnetGates(logits, { cuSeqlens, on });
    const whole = lightnet(q, logits, v, { cuSeqlens, on });
    await within(vectorGate(q, k, v, { gate: g, cuSeqlens, on }).o, await whole.o.data(), 2e-6);
    const [ours, theirs] = [await z(state).data(), await logNormaliser(whole.state, { on }).data()];
    ours.forEach((value, i) => {
      // The second sequence is empty.
      if (i >= 14 && i < 28) expect([value, theirs[i]]).toEqual([-Infinity, -Infinity]);
      else expect(value).toBeCloseTo(theirs[i] as number, 5);
    });
    const turned = lightnetGates(tensor(x, [1, 2, 77, 7]), { layout: "bhtd", on });
    const alone = lightnetGates(tensor(x.slice(77 * 7), [1, 77, 1, 7]), { on });
    expect(Array.from((await turned.k.data()).slice(77 * 7))).toEqual(Array.from(await alone.k.data()));
  });

  test("one gate per head, and gradients on a tape", async () => {
    const perHead = tensor(gen(42, 5, 1, 19, 4), [1, 21, 2]);
    const { k, g, state } = lightnetGates(perHead, { on });
    expect([k.shape, g.shape, state.sum.shape]).toEqual([
      [1, 21, 2],
      [1, 21, 2],
      [1, 2],
    ]);
    const [dK, dG] = [tensor(gen(42, 13, 2, 29), [1, 21, 2]), tensor(gen(42, 9, 5, 31), [1, 21, 2])];
    const start = tensor([0.5, -1], [1, 2]);
    const loss = (logits: Tensor, begin: Tensor) => {
      const gates = lightnetGates(logits, { initialState: { z: begin }, on });
      return add(add(sum(mul(gates.k, dK)), sum(mul(gates.g, dG))), sum(z(gates.state)));
    };
    const [dx, dz0] = grad(loss, { of: [0, 1] })(perHead, start);
    const dZ = tensor([1, 1], [1, 2]);
    const direct = lightnetGatesBackward(perHead, dK, dG, { initialState: { z: start }, dZ, on });
    await within(dx, await direct.dx.data(), 1e-5);
    await within(dz0, await direct.dInitialZ.data(), 1e-5);
  });

  test("no tokens: the state passes, and so does its gradient", async () => {
    const empty = () => tensor([], [1, 0, 1, 2]);
    const start = tensor([2, 3], [1, 1, 2]);
    const { k, state } = lightnetGates(empty(), { initialState: { z: start }, on });
    expect(k.shape).toEqual([1, 0, 1, 2]);
    await within(z(state), [2, 3]);
    const dZ = tensor([5, 7], [1, 1, 2]);
    const { dInitialZ } = lightnetGatesBackward(empty(), empty(), empty(), { initialState: { z: start }, dZ, on });
    await within(dInitialZ, [5, 7]);
  });

  test("NaN and +inf make the rest of their channel NaN, and nothing else", async () => {
    for (const wrong of [Number.NaN, Infinity]) {
      const logits = gen(40, 5, 1, 19, 4);
      logits[3 * 4 + 2] = wrong;
      const { k } = lightnetGates(tensor(logits, [1, 10, 2, 2]), { on });
      (await k.data()).forEach((value, i) => {
        expect(Number.isNaN(value), `${wrong} at ${i}`).toBe(i % 4 === 2 && i >= 3 * 4);
      });
    }
  });

  test("bad input names the argument", () => {
    const logits = tensor(gen(24, 5, 1, 19), [1, 3, 2, 4]);
    const call = (options: object) => () => lightnetGates(logits, options as GatesOptions);
    expect(call({ layout: "tbhd" })).toThrow(/argument layout/);
    expect(call({ cuSeqlens: [0, 2] })).toThrow(/argument cuSeqlens/);
    expect(call({ reverse: 1 })).toThrow(/argument reverse/);
    expect(call({ initialState: { max: tensor([0], [1]) } })).toThrow(/argument initialState has one of max and sum/);
    expect(call({ initialState: { z: tensor([0], [1]) } })).toThrow(/argument initialState.z/);
    expect(() => lightnetGates(logits.reshape([24]))).toThrow(ShapeError);
    expect(() => lightnetGates({} as Tensor)).toThrow(InputError);
    expect(() => lightnetGates(engine().tensor(new Int32Array(24), { shape: [1, 3, 2, 4] }))).toThrow(DTypeError);
    expect(() => lightnetGatesBackward(logits, logits.reshape([1, 3, 4, 2]), logits)).toThrow(/argument dK/);
    expect(() => lightnetGatesBackward(logits, logits, logits, { dZ: tensor([0], [1]) })).toThrow(/argument dZ/);
  });
});
