/** What the table of mixers says of them, and what their numbers do not show: switches, layouts and bad input. */
import { describe, expect, test } from "vitest";
import { checkGradients } from "../../../src/autograd/index.js";
import { InputError, ShapeError } from "../../../src/backends/contract.js";
import { exp, square, sum, type Tensor } from "../../../src/index.js";
import * as recurrence from "../../../src/ops/recurrence/index.js";
import { heldBy, openFor, wasmBackends } from "../../support/engines.js";
import { goldenValues } from "../../support/golden.js";
import { rmsError } from "../attention-cases.js";

const { mixers } = recurrence;

test("every mixer of the table is exported under its name", () => {
  const exported = { ...recurrence, mamba1: recurrence.selectiveScan } as Record<string, unknown>;
  for (const [name, { run }] of Object.entries(mixers)) expect(exported[name], name).toBe(run);
});

describe("mixers on wasm", () => {
  const engine = openFor(wasmBackends[0]!);

  const like = (shape: readonly number[], seed: number, map = (x: number) => x) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    return engine().tensor(Float32Array.from(goldenValues(size, seed), map), { shape });
  };
  const decay = (x: number) => -0.5 * (x + 1);

  /** Arguments of the mixers that have the switch; B = 1, T = 6, H = 2, K = V = 4. */
  function signedCalls(): Record<string, (negativeEigenvalues: boolean) => object> {
    const [q, k, v, beta] = [like([1, 6, 2, 4], 1), like([1, 6, 2, 4], 2), like([1, 6, 2, 4], 3), like([1, 6, 2], 5)];
    const [g, gk] = [like([1, 6, 2], 4, decay), like([1, 6, 2, 4], 4, decay)];
    const ssd = { x: v, dt: beta, a: like([2], 63, (x) => -Math.exp(x)), b: k, c: q };
    const scan = [like([1, 3, 6], 51), like([1, 3, 6], 52), like([3, 4], 53, (x) => -Math.exp(x))] as const;
    const [b, c] = [like([1, 4, 6], 54), like([1, 4, 6], 55)];
    return {
      simpleGla: (negativeEigenvalues) => mixers.simpleGla.run(q, k, v, g, { negativeEigenvalues }),
      hgrn: (negativeEigenvalues) => mixers.hgrn.run(beta, g, { negativeEigenvalues }),
      mamba2: (negativeEigenvalues) => mixers.mamba2.run(ssd, { negativeEigenvalues }),
      gla: (negativeEigenvalues) => mixers.gla.run(q, k, v, gk, { negativeEigenvalues }),
      deltaRule: (negativeEigenvalues) => mixers.deltaRule.run(q, k, v, beta, { negativeEigenvalues }),
      gatedDelta: (negativeEigenvalues) => mixers.gatedDelta.run(q, k, v, beta, g, { negativeEigenvalues }),
      kda: (negativeEigenvalues) => mixers.kda.run(q, k, v, beta, gk, { negativeEigenvalues }),
      deltaProduct: (negativeEigenvalues) => mixers.deltaProduct.run(q, k, v, beta, 1, { negativeEigenvalues }),
      mamba1: (negativeEigenvalues) => mixers.mamba1.run(...scan, b, c, { deltaSoftplus: true, negativeEigenvalues }),
    };
  }

  test("the switch to negative eigenvalues is where the table says, and does something", async () => {
    const calls = signedCalls();
    const signed = Object.entries(mixers).flatMap(([name, mixer]) => (mixer.signed ? [name] : []));
    expect(signed).toEqual(Object.keys(calls));
    for (const [name, call] of Object.entries(calls)) {
      const states = [false, true].map((range) => (call(range) as { state: Tensor }).state.data());
      const [positive, negative] = (await Promise.all(states)) as [Float32Array, Float32Array];
      expect(rmsError(negative, positive), name).toBeGreaterThan(1e-2);
    }
  });

  test("nothing that a mixer makes on the way stays alive", async () => {
    const calls = Object.values(signedCalls());
    const [q, slots] = [like([1, 6, 2, 4], 1), like([1, 6, 2, 3], 12)];
    const before = heldBy(engine());
    const results = [...calls.map((call) => call(true)), mixers.gsa.run(q, q, q, slots), mixers.retention.run(q, q, q)];
    for (const tensor of results.flatMap((result) => Object.values(result) as Tensor[])) tensor.dispose();
    expect(heldBy(engine())).toBe(before);
  });

  test("decays by head follow the heads of v in either layout", async () => {
    const [q, v] = [like([1, 6, 2, 4], 1), like([1, 6, 4, 4], 3)];
    const [q2, v2] = [q.reshape([1, 2, 6, 4]), v.reshape([1, 4, 6, 4])];
    expect((await mixers.retention.run(q, q, v).state.data()).every(Number.isFinite)).toBe(true);
    expect(mixers.retention.run(q2, q2, v2, { layout: "bhtd" }).state.shape).toEqual([1, 4, 4, 4]);
    // The deepest layer of many hardly forgets: nearly plain linear attention.
    const deep = await mixers.lightning.run(q, q, v, { layer: 9999, layers: 10000 }).o.data();
    expect(rmsError(deep, await mixers.linearAttention.run(q, q, v).o.data())).toBeLessThan(5e-3);
  });

  test("normalised linear attention averages values", async () => {
    const q = exp(like([1, 6, 2, 4], 1));
    const ones = like([1, 6, 2, 4], 1, () => 1);
    const { o, state } = mixers.normalisedLinearAttention.run(q, q, ones);
    expect(rmsError(await o.data(), new Float32Array(48).fill(1))).toBeLessThanOrEqual(1e-6);
    expect(state.shape).toEqual([1, 2, 4, 5]);
  });

  test("hgrn is its recurrence element by element, packed and from a state, with gradients", async () => {
    const starts = [0, 4, 4, 9];
    const [x, g, initialState] = [like([1, 9, 3], 1), like([1, 9, 3], 4, decay), like([3, 3], 6)];
    const [xs, gs, states] = [await x.data(), await g.data(), Float64Array.from(await initialState.data())];
    const expected = new Float64Array(27);
    for (let i = 0; i < 27; i++) {
      const at = 3 * starts.findLastIndex((start) => start <= i / 3) + (i % 3);
      expected[i] = states[at] = Math.exp(gs[i]!) * states[at]! + xs[i]!;
    }
    const { o, state } = mixers.hgrn.run(x, g, { cuSeqlens: starts, initialState });
    expect(rmsError(await o.data(), expected)).toBeLessThanOrEqual(1e-6);
    expect(rmsError(await state.data(), states)).toBeLessThanOrEqual(1e-6);
    const loss = (x: Tensor, g: Tensor) => sum(square(mixers.hgrn.run(x, g).o));
    const { variables } = await checkGradients(loss, [x, g], { of: [0, 1] });
    for (const { error, path } of variables) expect(error, path).toBeLessThan(1e-2);
  });

  test("bad input is named", () => {
    const q = like([1, 6, 2, 4], 1);
    const short = like([1, 6, 1], 4);
    const rows: [() => unknown, typeof InputError | typeof ShapeError, RegExp][] = [
      [() => mixers.lightning.run(q, q, q, { layer: 2, layers: 2 }), InputError, /lightning: argument layer is 2/],
      [() => mixers.simpleGla.run(q, q, q, short), ShapeError, /argument gate .*expected \[1, 6, 2\]/],
      [() => mixers.simpleGla.run(q, q, q, short, { negativeEigenvalues: true }), ShapeError, /argument signedGate /],
      [() => mixers.deltaProduct.run(q, q, q, short, 0), InputError, /argument householders is 0/],
      [() => mixers.hgrn.run(q, q), ShapeError, /argument x .*\[B, T, D\]/],
      [() => mixers.hgrn.run(like([1, 6, 2], 1), short), ShapeError, /argument gate .*expected \[1, 6, 2\]/],
      [() => mixers.hgrn.run(short, short, { initialState: short }), ShapeError, /argument initialState .*\[1, 1\]/],
      [() => mixers.deltaRule.run(q, q, q, short), ShapeError, /argument beta /],
    ];
    for (const [attempt, type, message] of rows) {
      expect(attempt).toThrowError(type);
      expect(attempt).toThrowError(message);
    }
  });
});
