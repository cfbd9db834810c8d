import { describe, expect, test } from "vitest";
import { DTypeError, ShapeError } from "../../src/backends/contract.js";
import * as ops from "../../src/ops/compare.js";
import { where } from "../../src/ops/where.js";
import { broadcastOracle, compareOracle } from "../../src/oracles/broadcast.js";
import { dtypes } from "../../src/tensor/dtype.js";
import { randomArray, stored } from "../support/arrays.js";
import { broadcastPairs } from "../support/broadcast-shapes.js";
import { openFor, testBackends } from "../support/engines.js";

const functions: Record<string, ops.CompareOp> = { ...ops };
const names = Object.keys(compareOracle);

describe.each(testBackends)("comparisons on $name", (backend) => {
  const engine = openFor(backend);
  const { on, slow } = backend;
  const able = dtypes.filter((dtype) => on === "wasm" || dtype !== "f64");

  test.each(able)("every order of %s, special values too", async (dtype) => {
    const isFloat = !["i32", "u32", "i8", "u8"].includes(dtype);
    const signed = [-3, -2, -1, 0, 1, 2, 3, -128, 127, 100, 64];
    const numbers = isFloat ? [...signed, -0, 0.5, -0.5, Infinity, -Infinity, Number.NaN] : signed;
    const values = dtype.startsWith("u") ? numbers.map((x) => Math.abs(x)) : numbers;
    const a = stored([values.length, 1], dtype, values);
    const b = stored([values.length], dtype, values);
    const [x, y] = [engine().fromBits(a.bits, a), engine().fromBits(b.bits, b)];
    for (const name of names) {
      const result = functions[name]!(x, y, { on });
      expect(result.dtype).toBe("u8");
      const expected = broadcastOracle([a, b], compareOracle[name] as (a: number, b: number) => number);
      expect(Array.from(await result.data()), name).toEqual(expected.values);
    }
  });

  test("full range of words", async () => {
    const words = Uint32Array.of(0, 1, 0x7fffffff, 0x80000000, 0xffffffff);
    for (const bits of [words, new Int32Array(words.buffer)]) {
      const a = engine().tensor(bits, { shape: [5, 1] });
      const b = engine().tensor(bits);
      const expected = broadcastOracle(
        [
          { shape: [5, 1], values: bits },
          { shape: [5], values: bits },
        ],
        (x, y) => Number(x < y),
      );
      expect(Array.from(await ops.lt(a, b, { on }).data())).toEqual(expected.values);
    }
  });

  test("broadcasting of comparison and selection, every dtype", async () => {
    for (const [index, [shapeA, shapeB]] of broadcastPairs.entries()) {
      if (slow && index % 3) continue;
      const dtype = able[index % able.length]!;
      const a = randomArray(shapeA, dtype, index);
      const b = randomArray(shapeB, dtype, index + 50);
      const [x, y] = [engine().fromBits(a.bits, a), engine().fromBits(b.bits, b)];
      const name = names[index % names.length]!;
      const truth = functions[name]!(x, y, { on });
      const expected = broadcastOracle([a, b], compareOracle[name] as (a: number, b: number) => number);
      expect(truth.shape).toEqual(expected.shape);
      expect(Array.from(await truth.data()), `${name} ${dtype}`).toEqual(expected.values);
      const chosen = where(truth, x, y, { on });
      const selected = broadcastOracle([expected, a, b], (c, p, q) => (c ? p : q));
      expect(chosen.shape).toEqual(selected.shape);
      expect(Array.from(await chosen.data()), `where ${dtype}`).toEqual(selected.values);
    }
  });

  test("selection under one condition, in place, any non-zero being true", async () => {
    const a = engine().tensor([1, 2, 3, 4, 5]);
    const b = engine().tensor([-1]);
    const condition = engine().tensor(Uint8Array.of(0, 2, 0, 255, 1));
    expect(where(condition, a, b, { on, out: a })).toBe(a);
    expect(Array.from(await a.data())).toEqual([-1, 2, -1, 4, 5]);
    expect(Array.from(await where(engine().tensor(Uint8Array.of(0)), a, b, { on }).data())).toEqual([
      -1, -1, -1, -1, -1,
    ]);
  });

  test("what is refused", () => {
    const a = engine().tensor([1, 2, 3]);
    expect(() => ops.eq(a, engine().tensor(Int32Array.of(1)))).toThrow(DTypeError);
    expect(() => ops.eq(a, engine().tensor([1, 2]))).toThrow(ShapeError);
    expect(() => ops.eq(a, a, { out: engine().tensor([1, 2, 3]) })).toThrow(DTypeError);
    expect(() => where(a, a, a)).toThrow(/where: argument condition has dtype f32, expected one of u8/);
    expect(() => where(ops.eq(a, a, { on }), a, engine().tensor(Int32Array.of(1)))).toThrow(DTypeError);
    expect(() => where(ops.eq(a, a, { on }), a, engine().tensor([1, 2]))).toThrow(ShapeError);
  });
});
