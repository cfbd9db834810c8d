import { describe, expect, test } from "vitest";
import { DTypeError, InputError, ShapeError } from "../../src/backends/contract.js";
import { alibiSlopes } from "../../src/ops/attention/alibi.js";
import { attention, attentionWithLse } from "../../src/ops/attention.js";
import { attentionOracle } from "../../src/oracles/attention.js";
import { randomArray, type stored } from "../support/arrays.js";
import { heldBy, openFor, type TestBackend, wasmBackends } from "../support/engines.js";
import { type AttentionCase, optionCases, perCase, prepareCase, rmsError } from "./attention-cases.js";

/** See `bound` of the operation. */
const tolerance = 1e-6;

describe.each(wasmBackends)("attention on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  async function check(given: AttentionCase) {
    const before = heldBy(engine());
    const prepared = prepareCase(engine(), given);
    const { input, q, k, v, options, oracleOptions, headFirst } = prepared;
    const { o, lse } = attentionWithLse(q, k, v, options);
    const expected = attentionOracle(input, oracleOptions);
    const label = JSON.stringify(given);
    const values = headFirst(await o.data(), input.heads, input.rows, input.dv);
    expect(rmsError(values, expected.o), label).toBeLessThanOrEqual(tolerance);
    expect(rmsError(await lse.data(), expected.lse), `lse of ${label}`).toBeLessThanOrEqual(tolerance);
    for (const tensor of [...perCase(prepared), o, lse]) tensor.dispose();
    expect(heldBy(engine())).toBe(before);
  }

  test("every option alone and together, around every tile edge", async () => {
    for (const given of optionCases) await check(given);
  });

  test("rows, keys, heads or a batch of none", async () => {
    await check({ rows: 3, keys: 0 });
    await check({ rows: 9, keys: 0, sinks: true });
    await check({ rows: 0, keys: 5 });
    await check({ rows: 4, heads: 0 });
    await check({ rows: 4, batch: 0 });
  });

  test("a row that sees no key is 0 and its log-sum-exp -Infinity; with a sink, the sink", async () => {
    for (const rows of [3, 12]) {
      const keys = rows - 2;
      const { q, k, v } = prepareCase(engine(), { rows, keys, d: 4 });
      const plain = attentionWithLse(q, k, v, { causal: true });
      expect([...(await plain.o.data())].slice(0, 8)).toEqual(new Array(8).fill(0));
      expect([...(await plain.lse.data())].slice(0, 2)).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
      const sunk = attentionWithLse(q, k, v, { causal: true, sinks: engine().tensor([1.5]) });
      expect([...(await sunk.o.data())].slice(0, 8)).toEqual(new Array(8).fill(0));
      expect([...(await sunk.lse.data())].slice(0, 2)).toEqual([1.5, 1.5]);
    }
  });

  test("a bias of -Infinity hides a key", async () => {
    for (const rows of [2, 10]) {
      const hidden = prepareCase(engine(), { rows, keys: 5 });
      const bias = engine().tensor(new Float32Array([0, 0, 0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]));
      const shown = [hidden.k, hidden.v].map((t) => t.rows(0, 1).reshape([5, 8]).rows(0, 3).reshape([1, 3, 1, 8]));
      const expected = await attention(hidden.q, shown[0]!, shown[1]!).data();
      const actual = await attention(hidden.q, hidden.k, hidden.v, { bias: bias.reshape([1, 1, 1, 5]) }).data();
      expect(rmsError(actual, expected)).toBeLessThanOrEqual(tolerance);
    }
  });

  test("a NaN reaches the rows that see it, and no others", async () => {
    for (const rows of [3, 12]) {
      const { q, k, v, input } = prepareCase(engine(), { rows, d: 4 });
      const broken = Float32Array.from(input.k);
      broken[4 * (rows - 1)] = Number.NaN;
      const keys = engine().tensor(broken, { shape: k.shape });
      const { o, lse } = attentionWithLse(q, keys, v);
      expect([...(await o.data()), ...(await lse.data())].every(Number.isNaN)).toBe(true);
      const causal = [...(await attention(q, keys, v, { causal: true }).data())];
      expect(causal.map(Number.isNaN)).toEqual(causal.map((_, i) => i >= 4 * (rows - 1)));
    }
  });

  test("large scores neither overflow nor lose the largest", async () => {
    await check({ rows: 70, d: 16, options: { scale: 400, causal: true } });
  });

  test("packed sequences attend to themselves", async () => {
    const [rows, keys] = [
      [0, 1, 1, 6, 140],
      [0, 3, 5, 70, 200],
    ] as const;
    const d = 8;
    for (const layout of ["bthd", "bhtd"] as const) {
      for (const keyStarts of [rows, keys]) {
        const heads = 2;
        const all = { rows: 140, keys: keyStarts.at(-1) as number, heads, d, layout };
        const { q, k, v, input, headFirst } = prepareCase(engine(), all);
        const { o, lse } = attentionWithLse(q, k, v, { layout, causal: true, cuSeqlens: rows, cuSeqlensK: keyStarts });
        const [values, sums] = [headFirst(await o.data(), heads, 140, d), await lse.data()];
        for (let s = 0; s + 1 < rows.length; s++) {
          const part = (x: ArrayLike<number>, total: number, [from, to]: readonly [number, number], width: number) =>
            Float64Array.from({ length: heads * (to - from) * width }, (_, i) => {
              const head = Math.floor(i / ((to - from) * width));
              return x[(head * total + from) * width + (i % ((to - from) * width))] as number;
            });
          const span = [rows[s], rows[s + 1]] as [number, number];
          const keySpan = [keyStarts[s], keyStarts[s + 1]] as [number, number];
          const expected = attentionOracle(
            {
              ...input,
              rows: span[1] - span[0],
              keys: keySpan[1] - keySpan[0],
              q: part(input.q, 140, span, d),
              k: part(input.k, all.keys, keySpan, d),
              v: part(input.v, all.keys, keySpan, d),
            },
            { causal: true },
          );
          expect(rmsError(part(values, 140, span, d), expected.o)).toBeLessThanOrEqual(tolerance);
          expect(rmsError(part(sums, 140, span, 1), expected.lse)).toBeLessThanOrEqual(tolerance);
        }
      }
    }
  });

  test.each([
    ["f16", 2 ** -11],
    ["bf16", 2 ** -8],
  ] as const)("%s in and out", async (dtype, rounding) => {
    for (const rows of [2, 70]) {
      const shape = [1, rows, 1, 16];
      const [q, k, v] = [1, 2, 3].map((seed) => randomArray(shape, dtype, seed)) as [Stored, Stored, Stored];
      const o = attention(engine().fromBits(q.bits, q), engine().fromBits(k.bits, k), engine().fromBits(v.bits, v));
      expect(o.dtype).toBe(dtype);
      const input = { batch: 1, heads: 1, kvHeads: 1, rows, keys: rows, d: 16, dv: 16 };
      const expected = attentionOracle({ ...input, q: q.values, k: k.values, v: v.values });
      expect(rmsError(await o.data(), expected.o)).toBeLessThanOrEqual(rounding);
    }
  });
  type Stored = ReturnType<typeof stored>;

  test("out receives the result, also when it is q", async () => {
    const { q, k, v } = prepareCase(engine(), { rows: 20 });
    const expected = await attention(q, k, v).data();
    expect(attention(q, k, v, { out: q })).toBe(q);
    expect(await q.data()).toEqual(expected);
  });

  test("bad input is named", () => {
    const f32 = (...shape: number[]) => engine().tensor(new Float32Array(shape.reduce((x, y) => x * y, 1)), { shape });
    const [q, k, v] = [f32(2, 6, 4, 8), f32(2, 5, 2, 8), f32(2, 5, 2, 3)];
    const [one, oneK] = [f32(1, 6, 2, 8), f32(1, 5, 2, 8)];
    const i32 = engine().tensor(new Int32Array(160), { shape: [2, 5, 2, 8] });
    // biome-ignore lint/suspicious/noExplicitAny: what a caller without types may pass
    const call = (options: any) => () => attention(q, k, v, options);
    // biome-ignore lint/suspicious/noExplicitAny: constructors of errors
    const rows: [() => unknown, any, RegExp][] = [
      [() => attention(f32(6, 4, 8), k, v), ShapeError, /argument q .*expected \[B, T, H, D\]/],
      [() => attention(q, f32(1, 5, 2, 8), v), ShapeError, /argument k/],
      [() => attention(q, f32(2, 5, 2, 7), v), ShapeError, /argument k .*expected \[2, Tk, Hkv, 8\]/],
      [() => attention(q, f32(2, 5, 3, 8), f32(2, 5, 3, 3)), ShapeError, /divides 4/],
      [() => attention(q, f32(2, 5, 0, 8), f32(2, 5, 0, 3)), ShapeError, /divides 4/],
      [() => attention(q, k, f32(2, 4, 2, 3)), ShapeError, /argument v .*expected \[2, 5, 2, Dv\]/],
      [
        () => attention(f32(1, 2, 1, 0), f32(1, 2, 1, 0), f32(1, 2, 1, 1)),
        ShapeError,
        /argument q .*at least one channel/,
      ],
      [() => attention(one, one, f32(1, 6, 2, 0)), ShapeError, /argument v .*at least one channel/],
      [() => attention(q, i32, v), DTypeError, /argument k has dtype i32/],
      [call({ layout: "tbhd" }), InputError, /layout/],
      [call({ scale: Number.NaN }), InputError, /scale/],
      [call({ scale: Number.POSITIVE_INFINITY }), InputError, /scale/],
      [call({ softCap: 0 }), InputError, /softCap/],
      [call({ softCap: -1 }), InputError, /softCap/],
      [call({ causal: "yes" }), InputError, /causal/],
      [call({ window: 0 }), InputError, /window/],
      [call({ window: 2.5 }), InputError, /window/],
      [call({ window: [1, -1] }), InputError, /window/],
      [call({ window: [1] }), InputError, /window/],
      [call({ window: "all" }), InputError, /window/],
      [call({ bias: f32(2, 4, 6, 6) }), ShapeError, /argument bias .*\[2, 4, 6, 5\]/],
      [call({ bias: f32(1, 2, 4, 6, 5) }), ShapeError, /argument bias/],
      [call({ bias: engine().tensor(new Int32Array(5)) }), DTypeError, /argument bias/],
      [call({ alibiSlopes: f32(2) }), ShapeError, /argument alibiSlopes .*expected \[4\]/],
      [call({ sinks: f32(4, 1) }), ShapeError, /argument sinks/],
      [call({ sinks: [1, 2, 3, 4] }), InputError, /argument sinks must be a Tensor/],
      [call({ out: f32(2, 6, 4, 8) }), ShapeError, /argument out/],
      [call({ cuSeqlens: [0, 6] }), InputError, /cuSeqlens .*batch of 1/],
      [() => attention(one, oneK, oneK, { cuSeqlens: [0, 6] }), InputError, /cuSeqlensK .*is needed/],
      [() => attention(one, oneK, oneK, { cuSeqlensK: [0, 5] }), InputError, /without cuSeqlens/],
      [() => attention(one, one, one, { cuSeqlens: [0, 4] }), InputError, /ascend from 0 to 6/],
      [() => attention(one, one, one, { cuSeqlens: [0, 4, 3, 6] }), InputError, /ascend from 0 to 6/],
      [() => attention(one, one, one, { cuSeqlens: [] }), InputError, /cuSeqlens/],
      [() => attention(one, oneK, oneK, { cuSeqlens: [0, 6], cuSeqlensK: [0, 2, 5] }), InputError, /cuSeqlensK/],
    ];
    for (const [attempt, type, message] of rows) {
      expect(attempt).toThrowError(type);
      expect(attempt).toThrowError(message);
    }
  });
});

describe("attention on one thread and on two", () => {
  const engines = wasmBackends.slice(0, 2).map(openFor);

  test("gives the same bits", async () => {
    for (const given of [
      { rows: 300, heads: 3, d: 32, options: { causal: true } },
      { rows: 1, keys: 5000, heads: 8, kvHeads: 2, d: 32 },
    ] satisfies AttentionCase[]) {
      const [x, y] = await Promise.all(
        engines.map((engine) => {
          const { q, k, v, options } = prepareCase(engine(), given);
          return attention(q, k, v, options).data();
        }),
      );
      expect(y).toEqual(x);
    }
  });
});

describe("attention over 16384 tokens", () => {
  const engine = openFor(wasmBackends[0] as TestBackend);

  test("needs less than 8 MiB and a tenth beyond its inputs and output", () => {
    const shape = [1, 16384, 1, 64];
    const tensors = [1, 2, 3, 4].map((x) => engine().tensor(new Float32Array(16384 * 64).fill(x / 8), { shape }));
    const [q, k, v, out] = tensors as [Tensors, Tensors, Tensors, Tensors];
    const { wasm } = engine();
    wasm.resetPeak();
    const held = wasm.memory().usedBytes;
    attention(q, k, v, { out, causal: true });
    expect(wasm.memory().peakBytes).toBeLessThanOrEqual(1.1 * held + 8 * 2 ** 20);
    expect(held).toBe(4 * 4 * 16384 * 64);
  });
  type Tensors = ReturnType<ReturnType<typeof engine>["tensor"]>;
});

test("ALiBi slopes of powers of two and of other numbers of heads", () => {
  expect(alibiSlopes(8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((i) => 2 ** -i));
  expect(alibiSlopes(6)).toEqual([2 ** -2, 2 ** -4, 2 ** -6, 2 ** -8, 2 ** -1, 2 ** -3]);
});
