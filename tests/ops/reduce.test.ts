import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DTypeError, InputError, ShapeError } from "../../src/backends/contract.js";
import { createEngine } from "../../src/create-engine.js";
import { argmax, argmin } from "../../src/ops/arg.js";
import * as ops from "../../src/ops/reduce.js";
import { foldOracle, reduceOracle } from "../../src/oracles/reduce.js";
import type { DType } from "../../src/tensor/dtype.js";
import { sizeOfShape } from "../../src/tensor/shape.js";
import { randomArray, stored } from "../support/arrays.js";
import { expectClose } from "../support/closeness.js";
import { openFor, testBackends, wasmBackends } from "../support/engines.js";

const functions: Record<string, ops.ReduceOp<ops.VarianceOptions>> = { ...ops };
const names = ["sum", "mean", "prod", "max", "min", "variance"] as const;

/** Rows, columns, the middle, several groups, everything; around the lengths where a row is cut (64, 256, 16384, 65536). */
const cases: [shape: number[], axes: number[] | undefined][] = [
  [[7], [0]],
  [[1], undefined],
  [[], undefined],
  [[5, 9], [1]],
  [[5, 9], [0]],
  [[9, 1], [0]],
  [[3, 65], [1]],
  [[3, 1028], [1]],
  [[3, 7, 5], [1]],
  [
    [3, 7, 5],
    [0, 2],
  ],
  [
    [2, 3, 4, 5],
    [1, 3],
  ],
  [
    [2, 3, 4, 5],
    [0, 1],
  ],
  [
    [2, 1, 4, 1],
    [1, 3],
  ],
  [[3, 300, 2], [1]],
  [[300, 5], undefined],
  [[2, 3, 4], []],
  [[0, 4], [1]],
];

describe.each(testBackends)("reductions on $name", (backend) => {
  const engine = openFor(backend);
  const { on, slow } = backend;

  test.each(cases)("%j over %j", async (shape, axes) => {
    for (const dtype of ["f32", "bf16", "f16", "f64"] as const) {
      if (on === "webgpu" && dtype === "f64") continue;
      const array = randomArray(shape, dtype, 11);
      const a = engine().fromBits(array.bits, array);
      const oracle = { shape, values: Array.from(array.values) };
      const all = axes ?? shape.map((_, axis) => axis);
      const n = sizeOfShape(all.map((axis) => shape[axis] as number));
      for (const name of names) {
        const keepDims = name === "mean";
        const result = functions[name]!(a, { ...(axes ? { axes } : {}), keepDims, on });
        const expected = reduceOracle(oracle, all, foldOracle[name], keepDims);
        expect(result.shape).toEqual(expected.shape);
        // Elements are in [-1, 1]: the sum of their magnitudes is at most n, that of a mean 1.
        const terms = name === "sum" ? n : 1;
        const unit = dtype === "f64" ? 2 ** -52 : 2 ** -24;
        const folded =
          name === "max" || name === "min" ? 0 : on === "wasm" && dtype !== "f64" ? 2 ** -40 : (n + 16) * unit;
        expectClose(await result.data(), expected.values, { dtype, ulp: 0.5001, absolute: terms * folded });
      }
    }
  });

  test.each(["i32", "u32"] as const)("%s wraps", async (dtype) => {
    const shape = [3, 130, 2];
    const words = Uint32Array.from({ length: 780 }, (_, i) => Math.imul(i + 1, 2654435761) | 1);
    const bits = dtype === "i32" ? new Int32Array(words.buffer) : words;
    const a = engine().tensor(bits, { shape });
    const wrap = (x: bigint) => Number(dtype === "i32" ? BigInt.asIntN(32, x) : BigInt.asUintN(32, x));
    const folds = {
      sum: (x: readonly number[]) => wrap(x.reduce((p, q) => p + BigInt(q), 0n)),
      prod: (x: readonly number[]) => wrap(x.reduce((p, q) => BigInt.asUintN(64, p * BigInt(q)), 1n)),
      max: (x: readonly number[]) => Math.max(...x),
      min: (x: readonly number[]) => Math.min(...x),
    };
    for (const axes of [[1], [0], [2], [0, 2], [0, 1, 2]]) {
      for (const [name, fold] of Object.entries(folds)) {
        const result = await functions[name]!(a, { axes, on }).data();
        expect(Array.from(result), name).toEqual(reduceOracle({ shape, values: Array.from(bits) }, axes, fold).values);
      }
    }
  });

  test("long rows are cut into ranges", async () => {
    for (const n of slow ? [16385, 40000] : [65535, 65536, 65537, 300_001]) {
      const array = randomArray([n], "f32", n);
      const a = engine().fromBits(array.bits, array);
      const values = Array.from(array.values);
      const bound = on === "wasm" ? 2 ** -24 * 300 : (n / 256 + 16) * 2 ** -24 * n;
      expectClose(await ops.sum(a, { on }).data(), [foldOracle.sum(values)], { dtype: "f32", ulp: 1, absolute: bound });
      expectClose(await ops.max(a, { on }).data(), [foldOracle.max(values)], { dtype: "f32", ulp: 0 });
      const tall = a.reshape([n, 1]);
      expectClose(await ops.min(tall, { axes: 0, on }).data(), [foldOracle.min(values)], { dtype: "f32", ulp: 0 });
    }
  });

  test("NaN wins, infinities pass, nothing is needed of nothing", async () => {
    const a = engine().tensor([1, Number.NaN, 3, -Infinity, 2, 5, Infinity, 0, -1], { shape: [3, 3] });
    expect(Array.from(await ops.max(a, { axes: 1, on }).data())).toEqual([Number.NaN, 5, Infinity]);
    expect(Array.from(await ops.min(a, { axes: 1, on }).data())).toEqual([Number.NaN, -Infinity, -1]);
    expect(Array.from(await ops.max(a, { axes: 0, on }).data())).toEqual([Infinity, Number.NaN, 5]);
    expect(Array.from(await ops.sum(a, { axes: 1, on }).data())).toEqual([Number.NaN, -Infinity, Infinity]);
    const none = engine().tensor(new Float32Array(0), { shape: [2, 0] });
    expect(Array.from(await ops.sum(none, { axes: 1, on }).data())).toEqual([0, 0]);
    expect(Array.from(await ops.prod(none, { axes: 1, on }).data())).toEqual([1, 1]);
    expect(Array.from(await ops.sum(none, { axes: 0, on }).data())).toEqual([]);
    expect(() => ops.max(none, { axes: 1, on })).toThrow(ShapeError);
  });

  test("a variance about a large mean keeps its digits", async () => {
    const values = Float32Array.from({ length: 200 }, (_, i) => 10000 + (i % 7));
    const exact = foldOracle.variance(Array.from(values));
    const result = await ops.variance(engine().tensor(values), { on }).item();
    expect(Math.abs(result - exact)).toBeLessThan(1e-5 * exact);
    const unbiased = await ops.variance(engine().tensor(values), { correction: 1, on }).item();
    expect(Math.abs(unbiased - (exact * 200) / 199)).toBeLessThan(1e-5 * exact);
  });

  test("argmax and argmin: the first of equals, the first NaN", async () => {
    const numbers = [3, 7, 7, -0, 0, 2, Number.NaN, 9, Number.NaN, -5, -5, 1, 4, 4, 4];
    for (const dtype of ["f32", "f16", "i32", "u32", ...(on === "webgpu" ? [] : (["f64"] as const))] as const) {
      const isFloat = dtype.startsWith("f");
      const values = numbers.map((x) => (isFloat ? x : Math.abs(Number.isNaN(x) ? 8 : x)));
      const array = stored([3, 5], dtype, values);
      const a = engine().fromBits(array.bits, array);
      for (const axis of [0, 1, undefined]) {
        const axes = axis === undefined ? [0, 1] : [axis];
        for (const [op, fold] of [
          [argmax, foldOracle.argmax],
          [argmin, foldOracle.argmin],
        ] as const) {
          const result = op(a, { ...(axis === undefined ? {} : { axis }), on });
          expect(result.dtype).toBe("i32");
          const expected = reduceOracle({ shape: [3, 5], values: Array.from(array.values) }, axes, fold);
          expect(Array.from(await result.data()), `${dtype} ${axis}`).toEqual(expected.values);
        }
      }
    }
    const long = engine().tensor(
      Float32Array.from({ length: 1000 }, (_, i) => (i === 700 || i === 901 ? 2 : Math.sin(i))),
    );
    expect(await argmax(long, { on }).item()).toBe(700);
  });

  test("reducing in two steps is reducing at once", async () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(), async (shape, pick) => {
        const axis = pick % shape.length;
        const array = randomArray(shape, "i32", pick);
        const a = engine().fromBits(array.bits, array);
        const part = ops.sum(a, { axes: axis, on });
        const twice = ops.sum(part, { on });
        const once = ops.sum(a, { on });
        expect(await twice.item()).toBe(await once.item());
        for (const tensor of [a, part, twice, once]) tensor.dispose();
      }),
      { numRuns: slow ? 5 : 40 },
    );
  });

  test("what is refused", () => {
    const a = engine().tensor([1, 2, 3, 4], { shape: [2, 2] });
    expect(() => ops.sum(a, { axes: 2 })).toThrow(InputError);
    expect(() => ops.sum(a, { axes: [0, -2] })).toThrow(/names an axis twice/);
    expect(() => ops.sum(a, { axes: "0" as unknown as number })).toThrow(InputError);
    expect(() => ops.mean(engine().tensor(Int32Array.of(1)))).toThrow(DTypeError);
    expect(() => ops.sum(engine().tensor(Uint8Array.of(1)))).toThrow(/cast/);
    expect(() => ops.variance(a, { correction: Number.NaN })).toThrow(InputError);
    expect(() => ops.sum(a, { axes: 0, out: a })).toThrow(ShapeError);
    expect(() => argmax(a, { axis: 5 })).toThrow(InputError);
    expect(() => argmax(engine().tensor(new Float32Array(0), { shape: [0] }))).toThrow(ShapeError);
  });
});

test("sums of 1 and N threads are the same bits", async () => {
  const bits: unknown[] = [];
  for (const { options } of wasmBackends.filter(({ fused }) => !fused)) {
    const engine = await createEngine(options);
    const array = randomArray([300, 1000], "f32" as DType, 4);
    const a = engine.fromBits(array.bits, array);
    bits.push([
      await ops.sum(a).bits(),
      await ops.variance(a, { axes: 0 }).bits(),
      await ops.mean(a, { axes: 1 }).bits(),
    ]);
    engine.destroy();
  }
  expect(bits[0]).toEqual(bits[1]);
});
