import { describe, expect, test } from "vitest";
import { DTypeError, ShapeError } from "../../src/backends/contract.js";
import { attentionWithLse } from "../../src/ops/attention.js";
import { attentionBackward } from "../../src/ops/attention-backward.js";
import { attentionOracle } from "../../src/oracles/attention.js";
import { attentionBackwardOracle } from "../../src/oracles/attention-backward.js";
import { randomArray } from "../support/arrays.js";
import { heldBy, openFor, type TestBackend, wasmBackends } from "../support/engines.js";
import { type AttentionCase, optionCases, perCase, prepareCase, rmsError, sumTo } from "./attention-cases.js";

/** See `bound` of the operation. */
const tolerance = 3e-6;
/** About the rms of the terms of each gradient: they may cancel to nothing, as where a row sees a single key. */
const size = 0.1;

describe.each(wasmBackends)("attentionBackward on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  async function check(given: AttentionCase) {
    const before = heldBy(engine());
    const prepared = prepareCase(engine(), given);
    const { input, q, k, v, options, oracleOptions, toTensor, headFirst } = prepared;
    const { heads, kvHeads, rows, keys, d, dv } = input;
    const gradient = randomArray([input.batch * heads * rows * dv], "f32", 9).values;
    const dO = toTensor(gradient, heads, rows, dv);
    const { o, lse } = attentionWithLse(q, k, v, options);
    const actual = attentionBackward(q, k, v, o, lse, dO, options);
    const expected = attentionBackwardOracle(input, gradient, oracleOptions);
    const label = JSON.stringify(given);
    const compare = async (name: "dq" | "dk" | "dv", h: number, t: number, c: number) =>
      expect(
        rmsError(headFirst(await actual[name].data(), h, t, c), expected[name], size),
        `${name} of ${label}`,
      ).toBeLessThanOrEqual(tolerance);
    await compare("dq", heads, rows, d);
    await compare("dk", kvHeads, keys, d);
    await compare("dv", kvHeads, keys, dv);
    if (given.bias) {
      const sums = sumTo(expected.dBias, [input.batch, heads, rows, keys], given.bias);
      expect(actual.dBias?.shape).toEqual(given.bias);
      expect(rmsError((await actual.dBias?.data()) ?? [], sums, size), `dBias of ${label}`).toBeLessThanOrEqual(
        tolerance,
      );
    }
    if (given.sinks) {
      expect(
        rmsError((await actual.dSinks?.data()) ?? [], expected.dSinks, size),
        `dSinks of ${label}`,
      ).toBeLessThanOrEqual(tolerance);
    }
    for (const tensor of [...perCase(prepared), dO, o, lse, ...Object.values(actual)]) tensor.dispose();
    expect(heldBy(engine())).toBe(before);
  }

  test("every option alone and together, around every tile edge", async () => {
    for (const given of optionCases) await check(given);
  });

  test("rows, keys, heads or a batch of none", async () => {
    await check({ rows: 3, keys: 0, sinks: true });
    await check({ rows: 0, keys: 5 });
    await check({ rows: 4, heads: 0 });
    await check({ rows: 4, batch: 0 });
  });

  test("packed sequences keep to themselves", async () => {
    const { q, k, v, input } = prepareCase(engine(), { rows: 75, heads: 2 });
    const starts = [0, 5, 5, 75];
    const options = { causal: true, cuSeqlens: starts };
    const { o, lse } = attentionWithLse(q, k, v, options);
    const dO = engine().tensor(new Float32Array(75 * 16).fill(0.5), { shape: o.shape });
    const actual = attentionBackward(q, k, v, o, lse, dO, options);
    // The same mask as a bias on the whole: -Infinity between sequences.
    const of = (i: number) => starts.findLastIndex((start) => start <= i);
    const expected = attentionBackwardOracle(input, new Float64Array(75 * 16).fill(0.5), {
      causal: true,
      bias: (_b, _h, i, j) => (of(i) === of(j) ? 0 : Number.NEGATIVE_INFINITY),
    });
    const headFirst = prepareCase(engine(), { rows: 75, heads: 2 }).headFirst;
    for (const name of ["dq", "dk", "dv"] as const) {
      expect(rmsError(headFirst(await actual[name].data(), 2, 75, 8), expected[name])).toBeLessThanOrEqual(tolerance);
    }
  });

  test("gradients go where out says", () => {
    const { q, k, v } = prepareCase(engine(), { rows: 9 });
    const { o, lse } = attentionWithLse(q, k, v);
    const dq = engine().tensor(new Float32Array(72), { shape: q.shape });
    const gradients = attentionBackward(q, k, v, o, lse, o, { out: { dq } });
    expect(gradients.dq).toBe(dq);
    expect(Object.keys(gradients)).toEqual(["dq", "dk", "dv"]);
  });

  test("bad input is named", () => {
    const { q, k, v } = prepareCase(engine(), { rows: 6, heads: 2 });
    const { o, lse } = attentionWithLse(q, k, v);
    const short = lse.reshape([2, 6]);
    const half = engine().fromBits(new Uint16Array(96), { shape: q.shape, dtype: "f16" });
    // biome-ignore lint/suspicious/noExplicitAny: constructors of errors
    const rows: [() => unknown, any, RegExp][] = [
      [() => attentionBackward(q, k, v, o, short, o), ShapeError, /argument lse .*expected \[1, 2, 6\]/],
      [() => attentionBackward(q, k, v, o.rows(0, 0), lse, o), ShapeError, /argument o /],
      [() => attentionBackward(q, k, v, o, lse, o.rows(0, 0)), ShapeError, /argument dO /],
      [() => attentionBackward(half, half, half, o, lse, o), DTypeError, /argument q has dtype f16/],
      [() => attentionBackward(q, k, v, o, lse, o, { out: { dk: lse } }), ShapeError, /argument out/],
    ];
    for (const [attempt, type, message] of rows) {
      expect(attempt).toThrowError(type);
      expect(attempt).toThrowError(message);
    }
  });
});

describe("attentionBackward on one thread and on two", () => {
  const engines = wasmBackends.slice(0, 2).map(openFor);

  test("gives the same bits", async () => {
    const results = engines.map((engine) => {
      const { q, k, v, options } = prepareCase(engine(), { rows: 150, heads: 6, kvHeads: 3, bias: [1, 6, 150, 150] });
      const { o, lse } = attentionWithLse(q, k, v, options);
      return attentionBackward(q, k, v, o, lse, o, options);
    });
    for (const name of ["dq", "dk", "dv", "dBias"] as const) {
      const [x, y] = await Promise.all(results.map((gradients) => gradients[name]?.data()));
      expect(y).toEqual(x);
    }
  });
});

test("the oracle's gradients are those of its forward pass, by central differences", () => {
  const [rows, keys, d, dv] = [3, 4, 2, 2];
  const base = { batch: 1, heads: 2, kvHeads: 1, rows, keys, d, dv };
  const values = {
    q: randomArray([12], "f64", 1).values,
    k: randomArray([8], "f64", 2).values,
    v: randomArray([8], "f64", 3).values,
  };
  const g = randomArray([12], "f64", 4).values;
  const sinks = new Float64Array([0.3, -0.2]);
  const bias = randomArray([24], "f64", 5).values;
  const options = {
    causal: true,
    softCap: 1.5,
    sinks,
    bias: (_b: number, h: number, i: number, j: number) => bias[(h * rows + i) * keys + j]!,
  };
  const loss = () => attentionOracle({ ...base, ...values }, options).o.reduce((sum, x, i) => sum + x * g[i]!, 0);
  const gradients = attentionBackwardOracle({ ...base, ...values }, g, options);
  for (const [array, gradient] of [
    [values.q, gradients.dq],
    [values.k, gradients.dk],
    [values.v, gradients.dv],
    [bias, gradients.dBias],
    [sinks, gradients.dSinks],
  ] as const) {
    gradient.forEach((expected, i) => {
      const [at, step] = [array[i]!, 1e-6];
      array[i] = at + step;
      const above = loss();
      array[i] = at - step;
      const below = loss();
      array[i] = at;
      expect((above - below) / (2 * step)).toBeCloseTo(expected, 7);
    });
  }
});
