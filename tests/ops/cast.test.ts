import { describe, expect, test } from "vitest";
import { DTypeError, InputError } from "../../src/backends/contract.js";
import { cast } from "../../src/ops/cast.js";
import { clamp } from "../../src/ops/clamp.js";
import { castOracle } from "../../src/oracles/cast.js";
import { type BitsArray, bitsArrayOf, type DType, dtypes, isStorageFloat, sizeOf } from "../../src/tensor/dtype.js";
import { openFor, testBackends } from "../support/engines.js";
import { sweepFloats, wordsFrom } from "../support/sweep.js";

/** Every code of the 8-bit formats and every seventh of the 16-bit ones; for the others words, ends of ranges and places where a second rounding would err. */
function bitsFor(dtype: DType, subnormals: boolean): BitsArray {
  const make = bitsArrayOf(dtype);
  if (sizeOf(dtype) === 1) return new make(256).map((_: number, i: number) => i) as BitsArray;
  // A step that is no power of two meets every exponent and every pattern of low bits.
  if (sizeOf(dtype) === 2) return new make(9363).map((_: number, i: number) => 7 * i) as BitsArray;
  const next = wordsFrom(5);
  const ties = [0, 1, 2, 3].flatMap((k) => [1, -1].map((sign) => sign * (2 ** 24 * 257 + k)));
  const edges = [0, 1, 127, 128, 255, 256, 65504, 65519, 65520, 65535, 2 ** 24 + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
  if (dtype === "i32")
    return Int32Array.from([...edges, ...edges.map((x) => -x), ...ties, ...Array.from({ length: 999 }, next)]);
  if (dtype === "u32")
    return Uint32Array.from([...edges, ...ties, ...Array.from({ length: 999 }, () => next() >>> (next() % 32))]);
  const halfway = [448, 464, 464.5, 480, 57344, 61439, 61440, 2 ** -10, 1.5 * 2 ** -10, 2 ** -17, 1.0625, 1.1875, -0.1];
  const doubles = [
    ...halfway,
    ...halfway.flatMap((x) => [x * (1 + 2 ** -40), x * (1 - 2 ** -40)]),
    ...edges.flatMap((x) => [x - 0.5, -x - 0.5, x + 0.5]),
    ...sweepFloats(1501, subnormals),
    ...[1, 2, 3].map((k) => 1 + 2 ** -11 + k * 2 ** -45),
  ];
  return new make(doubles.length).map((_: number, i: number) => doubles[i] as number) as BitsArray;
}

describe.each(testBackends)("cast on $name", (backend) => {
  const engine = openFor(backend);
  const { on, slow } = backend;
  const able = dtypes.filter((dtype) => on === "wasm" || dtype !== "f64");

  test.each(able)("%s to every dtype", async (from) => {
    const bits = bitsFor(from, !slow);
    const a = engine().fromBits(bits, { shape: [bits.length], dtype: from });
    const values = await a.data();
    for (const to of able) {
      const result = cast(a, to, { on });
      expect(result.dtype).toBe(to);
      const actual = await result.data();
      const wrong: string[] = [];
      for (let i = 0; i < values.length && wrong.length < 5; i++) {
        const x = values[i] as number;
        const expected = castOracle(x, to);
        const got = actual[i] as number;
        const flushed = on === "webgpu" && Math.abs(expected) < 2 ** -126 && got === 0;
        if (!Object.is(got, expected) && got !== expected && !flushed)
          wrong.push(`${x} became ${got}, expected ${expected}`);
      }
      expect(wrong, `${from} to ${to}`).toEqual([]);
    }
  });

  test("signs of zero and NaN survive between floats", async () => {
    const a = engine().tensor([-0, -1e-30, -Infinity]);
    for (const to of able.filter(isStorageFloat)) {
      const codes = await cast(a, to, { on }).bits();
      const signs = Array.from(codes, (code) => Number(code) >>> (8 * sizeOf(to) - 1));
      expect(signs, to).toEqual([1, 1, 1]);
    }
  });

  test.each(["f32", "f16", "bf16", "i32", "u32", ...(on === "wasm" ? (["f64"] as const) : [])] as const)(
    "clamp of %s",
    async (dtype) => {
      const numbers =
        dtype === "u32"
          ? [0, 1, 5, 9, 4294967295]
          : [-100, -3, -0.5, 0, 2, 3, 7.5, 100].map((x) => (dtype === "i32" ? x | 0 : x));
      const a = engine().tensor(numbers, { dtype });
      const result = await clamp(a, -2.5, 7, { on }).data();
      const low = dtype === "i32" ? -2 : dtype === "u32" ? 0 : -2.5;
      expect(Array.from(result)).toEqual(numbers.map((x) => Math.min(Math.max(x, low), 7)));
      expect(Array.from(await clamp(a, -Infinity, Infinity, { on }).data())).toEqual(numbers);
    },
  );

  test("clamp keeps NaN and may work in place", async () => {
    const a = engine().tensor([Number.NaN, 5, -5]);
    expect(clamp(a, -1, 1, { on, out: a })).toBe(a);
    expect(Array.from(await a.data())).toEqual([Number.NaN, 1, -1]);
  });

  test("what is refused", () => {
    const a = engine().tensor([1]);
    expect(() => cast(a, "f12" as DType)).toThrow(InputError);
    expect(() => cast(a, "f16", { out: engine().tensor([1]) })).toThrow(DTypeError);
    expect(() => clamp(a, 2, 1)).toThrow(InputError);
    expect(() => clamp(a, Number.NaN, 1)).toThrow(InputError);
    expect(() => clamp(cast(a, "u8", { on }), 0, 1)).toThrow(DTypeError);
  });
});
