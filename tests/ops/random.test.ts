import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError, ShapeError } from "../../src/backends/contract.js";
import { coreGroup } from "../../src/backends/wasm/core-group.js";
import type { Engine } from "../../src/engine/engine.js";
import { source as shader } from "../../src/generated/shaders/random.js";
import { defineOp } from "../../src/ops/define-op.js";
import { randomBits, randomInt, randomNormal, randomUniform } from "../../src/ops/random.js";
import { integerOracle, normalOracle, threefryOracle, uniformOracle, wordsOracle } from "../../src/oracles/random.js";
import { openFor, testBackends } from "../support/engines.js";

/** Random123 1.14 (Salmon, Moraes, Dror and Shaw), tests/kat_vectors, "threefry2x32 20": counter, key, words. */
const published: [counter: [number, number], key: [number, number], words: [number, number]][] = [
  [
    [0, 0],
    [0, 0],
    [0x6b200159, 0x99ba4efe],
  ],
  [
    [0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x1cb996fc, 0xbb002be7],
  ],
  [
    [0x243f6a88, 0x85a308d3],
    [0x13198a2e, 0x03707344],
    [0xc4923a9c, 0x483df7a0],
  ],
];

test.each(published)("the oracle has the published words of %j", (counter, key, words) => {
  expect(threefryOracle(counter, key)).toEqual(words);
});

/** The kernels from any counter on: the public operations reach the first 2^52. */
const rawWords = defineOp({
  name: "rawWords",
  prepare: (
    engine: Engine,
    counter: readonly [number, number],
    key: readonly [number, number],
    on: "wasm" | "webgpu",
  ) => ({
    engine,
    inputs: [],
    outputs: [{ shape: [2], dtype: "u32" as const }],
    params: [...counter, 0, ...key] as const,
    on,
  }),
  work: () => ({ operations: 2, bytes: 8, rate: "integer" as const }),
  wasm: {
    group: coreGroup,
    run: (w, _, [dst], [low, high, skip, ...key]) =>
      w.kernels.random(0, dst!.ptr, 2, low, high, skip, ...key, 0, 1, w.scratch(2048)),
  },
  webgpu: {
    encode: (g, _, bindings, params) =>
      g.dispatch({ label: "words", shader, params: Uint32Array.of(1, ...params, 0, 1), bindings, groups: 1 }),
  },
  bound: "exact",
});

const seeds: [seed: number, stream: number, offset: number][] = [
  [0, 0, 0],
  [1, 2, 3],
  [2 ** 32 - 1, 2 ** 31, 1],
  [42, 7, 2 ** 33 - 40],
  [42, 7, 2 ** 33 - 401],
  [5, 0, 2 ** 53 - 2001],
];

describe.each(testBackends)("random on $name", (backend) => {
  const engine = openFor(backend);
  const { on, slow } = backend;

  test.each(published)("the published words of %j", async (counter, key, words) => {
    expect(Array.from(await rawWords(engine(), counter, key, on).data())).toEqual(words);
  });

  test.each(seeds)("seed %i, stream %i, offset %i", async (seed, stream, offset) => {
    // Longer than the 512 words that the CPU makes at a time.
    const count = 1101;
    const options = { seed, stream, offset, on };
    const words = wordsOracle(seed, stream, offset, count);
    expect(Array.from(await randomBits(engine(), [count], options).data())).toEqual(words);
    const uniforms = await randomUniform(engine(), [count], options).data();
    expect(Array.from(uniforms)).toEqual(words.map(uniformOracle));
    for (const [low, high] of [
      [0, 6],
      [-3, -2],
      [-(2 ** 31), 2 ** 31 - 1],
      [1, 2 ** 31],
    ] as const) {
      const integers = await randomInt(engine(), [count], { ...options, low, high }).data();
      expect(Array.from(integers)).toEqual(words.map((bits) => integerOracle(bits, low, high)));
    }
    const normals = Array.from(await randomNormal(engine(), [count], options).data()) as number[];
    // Beyond 2.9 another polynomial takes over.
    const misses = normals.flatMap((z, i) =>
      i < 100 || Math.abs(z) > 2.9 ? [Math.abs(z - normalOracle(words[i] as number))] : [],
    );
    expect(Math.max(...misses)).toBeLessThan(1e-6);
  });

  test("normals have the moments of a normal distribution", async () => {
    const count = slow ? 20000 : 200000;
    const z = (await randomNormal(engine(), [count], { seed: 9, on }).data()) as Float32Array;
    const moment = (power: number) => z.reduce((sum, x) => sum + x ** power, 0) / count;
    // Five standard deviations of each moment's mean: sqrt of 1, 2, 15 and 96 over the count.
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(1 / count));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / count));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / count));
    expect(z.some((x) => Math.abs(x) > 3.5)).toBe(true);
  });

  test("a part of a stream is a part of the whole, whatever its shape", async () => {
    const total = 3000;
    const whole = await randomBits(engine(), [total], { seed: 3, on }).bits();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 500 }), async (offset, rows) => {
        const part = randomBits(engine(), [rows, 2], { seed: 3, offset, on });
        expect(await part.bits()).toEqual(whole.slice(offset, offset + 2 * rows));
        part.dispose();
      }),
      { numRuns: slow ? 4 : 30 },
    );
  });

  test("what is refused", () => {
    expect(() => randomBits(undefined as never, [1])).toThrow(/engine/);
    expect(() => randomBits(engine(), [-1])).toThrow(InputError);
    expect(() => randomBits(engine(), 3 as never)).toThrow(InputError);
    expect(() => randomUniform(engine(), [1], { seed: 0.5 })).toThrow(/seed/);
    expect(() => randomUniform(engine(), [1], { seed: -1 })).toThrow(InputError);
    expect(() => randomUniform(engine(), [1], { stream: 2 ** 32 })).toThrow(/stream/);
    expect(() => randomNormal(engine(), [1], { offset: 2 ** 53 })).toThrow(/offset/);
    expect(() => randomInt(engine(), [1], { low: 3, high: 3 })).toThrow(/high/);
    expect(() => randomInt(engine(), [1], {} as never)).toThrow(/high/);
    expect(() => randomInt(engine(), [1], { low: -(2 ** 31), high: 2 ** 31 })).toThrow(/2\^32/);
    expect(() => randomInt(engine(), [1], { low: Number.NaN, high: 1 })).toThrow(InputError);
    expect(() => randomUniform(engine(), [2], { out: engine().tensor([1, 2, 3]) })).toThrow(ShapeError);
  });
});
