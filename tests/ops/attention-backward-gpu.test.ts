import { describe, expect, test } from "vitest";
import { UnsupportedError } from "../../src/backends/contract.js";
import { attentionWithLse } from "../../src/ops/attention.js";
import { attentionBackward } from "../../src/ops/attention-backward.js";
import { attentionBackwardOracle } from "../../src/oracles/attention-backward.js";
import { randomArray } from "../support/arrays.js";
import { gpuBackend, openFor } from "../support/engines.js";
import { type AttentionCase, perCase, prepareCase, rmsError } from "./attention-cases.js";

/** See `bound` of the operation; `size` is about the rms of the terms of each gradient, which may cancel. */
const tolerance = 3e-6;
const size = 0.1;

describe(`attentionBackward on ${gpuBackend.name}`, () => {
  const engine = openFor(gpuBackend);

  async function check(given: AttentionCase) {
    const prepared = prepareCase(engine(), given);
    const { input, q, k, v, options, oracleOptions, toTensor, headFirst } = prepared;
    const { heads, kvHeads, rows, keys, d, dv } = input;
    const gradient = randomArray([input.batch * heads * rows * dv], "f32", 9).values;
    const dO = toTensor(gradient, heads, rows, dv);
    const { o, lse } = attentionWithLse(q, k, v, { ...options, on: "wasm" });
    const actual = attentionBackward(q, k, v, o, lse, dO, { ...options, on: "webgpu" });
    const expected = attentionBackwardOracle(input, gradient, oracleOptions);
    const compare = async (name: keyof typeof actual, values: ArrayLike<number>) =>
      expect(rmsError(values, expected[name], size), `${name} of ${JSON.stringify(given)}`).toBeLessThanOrEqual(
        tolerance,
      );
    await compare("dq", headFirst(await actual.dq.data(), heads, rows, d));
    await compare("dk", headFirst(await actual.dk.data(), kvHeads, keys, d));
    await compare("dv", headFirst(await actual.dv.data(), kvHeads, keys, dv));
    if (actual.dBias) await compare("dBias", await actual.dBias.data());
    if (actual.dSinks) await compare("dSinks", await actual.dSinks.data());
    for (const tensor of [...perCase(prepared), dO, o, lse, ...Object.values(actual)]) tensor.dispose();
  }

  test("rows and keys around the tiles of 32 and 64, masks, shared heads, layouts", async () => {
    await check({ rows: 1 });
    await check({ rows: 33, keys: 65 });
    const base = { batch: 2, heads: 4, kvHeads: 2, rows: 34, keys: 70 };
    await check({ ...base, layout: "bhtd", options: { causal: true } });
    await check({ ...base, keys: 10, options: { causal: true, window: 5 } });
    await check({ ...base, options: { window: [3, 40] } });
  });

  test("slopes, sinks, soft-cap and a bias of full shape together", async () => {
    const options = { causal: true, softCap: 2, scale: 1.5 };
    await check({ batch: 2, heads: 2, rows: 5, keys: 70, bias: [2, 2, 5, 70], alibi: true, sinks: true, options });
  });

  test("channels that are no whole quads", async () => {
    await check({ rows: 12, keys: 20, d: 5, dv: 7 });
  });

  test("several blocks of channels", async () => {
    await check({ rows: 5, keys: 9, d: 68, dv: 72 });
  });

  test("packed sequences keep to themselves", async () => {
    const { q, k, v } = prepareCase(engine(), { rows: 40, heads: 2 });
    const options = { causal: true, cuSeqlens: [0, 5, 5, 40] };
    const { o, lse } = attentionWithLse(q, k, v, { ...options, on: "wasm" });
    const [actual, expected] = (["webgpu", "wasm"] as const).map((on) =>
      attentionBackward(q, k, v, o, lse, o, { ...options, on }),
    );
    for (const name of ["dq", "dk", "dv"] as const) {
      expect(rmsError(await actual![name].data(), await expected![name].data(), size)).toBeLessThanOrEqual(tolerance);
    }
  });

  test("says why a broadcast bias is not for it", () => {
    const { q, k, v, options } = prepareCase(engine(), { rows: 4, bias: [1, 1, 1, 4] });
    const { o, lse } = attentionWithLse(q, k, v, { ...options, on: "wasm" });
    const call = () => attentionBackward(q, k, v, o, lse, o, { ...options, on: "webgpu" });
    expect(call).toThrow(UnsupportedError);
    expect(call).toThrow(/bias that is broadcast/);
  });
});
