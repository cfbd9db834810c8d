import { describe, expect, test } from "vitest";
import { partKeys } from "../../src/ops/attention/webgpu.js";
import { attention, attentionWithLse } from "../../src/ops/attention.js";
import { attentionOracle } from "../../src/oracles/attention.js";
import { gpuBackend, openFor } from "../support/engines.js";
import { type AttentionCase, perCase, prepareCase, rmsError } from "./attention-cases.js";

/** See `bound` of the operation. */
const tolerance = 1e-6;
const everything = { alibi: true, sinks: true, options: { causal: true, softCap: 2, scale: 1.5 } } as const;

describe(`attention on ${gpuBackend.name}`, () => {
  const engine = openFor(gpuBackend);

  async function check(given: AttentionCase) {
    const prepared = prepareCase(engine(), given);
    const { input, q, k, v, options, oracleOptions, headFirst } = prepared;
    const { o, lse } = attentionWithLse(q, k, v, { ...options, on: "webgpu" });
    const expected = attentionOracle(input, oracleOptions);
    const label = JSON.stringify(given);
    const values = headFirst(await o.data(), input.heads, input.rows, input.dv);
    expect(rmsError(values, expected.o), label).toBeLessThanOrEqual(tolerance);
    expect(rmsError(await lse.data(), expected.lse), `lse of ${label}`).toBeLessThanOrEqual(tolerance);
    for (const tensor of [...perCase(prepared), o, lse]) tensor.dispose();
  }

  test("rows around the tile of 32, keys around the tile of 64", async () => {
    for (const [rows, keys] of [
      [1, 1],
      [31, 63],
      [32, 64],
      [33, 65],
      [70, 130],
      [9, 0],
    ])
      await check({ rows: rows as number, keys: keys as number });
  });

  test("both layouts, grouped heads, causal with fewer rows than keys and with more, windows", async () => {
    const base = { batch: 2, heads: 4, kvHeads: 2, rows: 34, keys: 70 };
    await check({ ...base, layout: "bhtd", options: { causal: true } });
    await check({ ...base, options: { causal: true, window: 9 } });
    await check({ ...base, keys: 10, options: { causal: true } });
    await check({ ...base, layout: "bhtd", options: { window: [3, 40] } });
  });

  test("bias, slopes, sinks and soft-cap together, the bias broadcast over any axis", async () => {
    const base = { batch: 2, heads: 2, rows: 5, keys: 70, ...everything };
    await check({ ...base, bias: [2, 2, 5, 70] });
    await check({ ...base, bias: [1, 2, 1, 70], layout: "bhtd" });
    await check({ ...base, bias: [2, 1, 5, 1] });
  });

  test("channels that are no whole quads, and more than one block of columns", async () => {
    await check({ rows: 20, keys: 33, d: 5, dv: 7 });
    await check({ rows: 3, keys: 20, d: 36, dv: 68 });
  });

  test("few rows over many keys go in parts that are joined", async () => {
    await check({ rows: 2, keys: 600, heads: 2, sinks: true, options: { causal: true } });
    await check({ rows: 3, keys: 530, heads: 2, options: { window: 40 } });
  });

  test.each(["f16", "bf16"] as const)("%s", async (dtype) => {
    const shape = [1, 9, 2, 8];
    const tensors = [1, 2, 3].map((seed) => {
      const { input } = prepareCase(engine(), { rows: 9, heads: 2 });
      return engine().tensor(Float32Array.from(seed === 1 ? input.q : seed === 2 ? input.k : input.v), {
        shape,
        dtype,
      });
    });
    const [q, k, v] = tensors as [(typeof tensors)[0], (typeof tensors)[0], (typeof tensors)[0]];
    const o = await attention(q!, k!, v!, { on: "webgpu" }).data();
    const expected = await attention(q!, k!, v!, { on: "wasm" }).data();
    expect(rmsError(o, expected)).toBeLessThanOrEqual(dtype === "f16" ? 2 ** -11 : 2 ** -8);
  });

  test("a row that sees no key is 0 and its log-sum-exp -Infinity", async () => {
    const { q, k, v } = prepareCase(engine(), { rows: 3, keys: 1, d: 4 });
    const { o, lse } = attentionWithLse(q, k, v, { causal: true, on: "webgpu" });
    expect([...(await o.data())].slice(0, 8)).toEqual(new Array(8).fill(0));
    expect([...(await lse.data())].slice(0, 2)).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });

  test("a bias of -Infinity hides a key", async () => {
    const { q, k, v } = prepareCase(engine(), { rows: 2, keys: 5 });
    const bias = engine().tensor(new Float32Array([0, 0, 0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]));
    const options = { bias: bias.reshape([1, 1, 1, 5]) };
    const actual = await attention(q, k, v, { ...options, on: "webgpu" }).data();
    expect(rmsError(actual, await attention(q, k, v, { ...options, on: "wasm" }).data())).toBeLessThanOrEqual(
      tolerance,
    );
  });

  test("packed sequences attend to themselves", async () => {
    const { q, k, v } = prepareCase(engine(), { rows: 40, heads: 2 });
    const options = { causal: true, cuSeqlens: [0, 1, 1, 6, 40] };
    const [actual, expected] = (["webgpu", "wasm"] as const).map((on) => attentionWithLse(q, k, v, { ...options, on }));
    expect(rmsError(await actual!.o.data(), await expected!.o.data())).toBeLessThanOrEqual(tolerance);
    expect(rmsError(await actual!.lse.data(), await expected!.lse.data())).toBeLessThanOrEqual(tolerance);
  });
});

test("keys are cut into parts only when rows and heads leave a GPU idle", () => {
  expect(partKeys(4096, 16, 4096)).toBe(0);
  expect(partKeys(1, 8, 300)).toBe(0);
  expect(partKeys(1, 8, 4096)).toBe(256);
  expect(partKeys(1, 64, 100000)).toBe(25024);
});
