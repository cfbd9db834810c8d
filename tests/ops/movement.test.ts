import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DTypeError, InputError, ShapeError } from "../../src/backends/contract.js";
import { broadcastTo, copy } from "../../src/ops/broadcast-to.js";
import { concat, stack } from "../../src/ops/concat.js";
import { fill } from "../../src/ops/fill.js";
import { pad } from "../../src/ops/pad.js";
import { type SliceRange, slice, split } from "../../src/ops/slice.js";
import { transpose } from "../../src/ops/transpose.js";
import { broadcastOracle } from "../../src/oracles/broadcast.js";
import {
  concatOracle,
  type OracleTensor,
  padOracle,
  sliceOracle,
  transposeOracle,
} from "../../src/oracles/movement.js";
import { type DType, dtypes } from "../../src/tensor/dtype.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { randomArray } from "../support/arrays.js";
import { broadcastPairs } from "../support/broadcast-shapes.js";
import { openFor, testBackends } from "../support/engines.js";

const transpositions: [shape: number[], axes: number[]][] = [
  [[5], [0]],
  [
    [3, 4],
    [1, 0],
  ],
  [
    [4, 8],
    [1, 0],
  ],
  [
    [17, 33],
    [1, 0],
  ],
  [
    [64, 20],
    [1, 0],
  ],
  [
    [2, 3, 4],
    [2, 1, 0],
  ],
  [
    [3, 16, 20],
    [0, 2, 1],
  ],
  [
    [3, 8, 5],
    [1, 0, 2],
  ],
  [
    [2, 3, 4, 5],
    [3, 1, 0, 2],
  ],
  [
    [2, 8, 3, 8],
    [0, 2, 1, 3],
  ],
  [
    [1, 4, 1, 6],
    [3, 2, 1, 0],
  ],
  [
    [0, 4],
    [1, 0],
  ],
];

const slices: [shape: number[], ranges: SliceRange[]][] = [
  [[10], [[2, 7]]],
  [[10], [[null, null, -1]]],
  [[10], [[8, 1, -3]]],
  [[10], [[-4, null]]],
  [[10], [[5, 2]]],
  [[10], [[-100, 100, 4]]],
  [
    [4, 6],
    [null, [1, 6, 2]],
  ],
  [
    [4, 8],
    [
      [1, 3],
      [4, 8],
    ],
  ],
  [
    [4, 8],
    [
      [3, null, -2],
      [null, null, -1],
    ],
  ],
  [
    [3, 4, 5],
    [[1, 2], [], [0, 5, 3]],
  ],
];

const pads: [shape: number[], widths: [number, number][]][] = [
  [[5], [[2, 3]]],
  [
    [3, 4],
    [
      [1, 0],
      [4, 4],
    ],
  ],
  [
    [2, 3, 2],
    [
      [0, 0],
      [1, 2],
      [3, 0],
    ],
  ],
  [
    [0, 3],
    [
      [1, 1],
      [0, 0],
    ],
  ],
  [
    [4, 4],
    [
      [0, 0],
      [0, 0],
    ],
  ],
];

describe.each(testBackends)("movement on $name", (backend) => {
  const engine = openFor(backend);
  const { on, slow } = backend;
  const able = dtypes.filter((dtype) => on === "wasm" || dtype !== "f64");
  const sizes: readonly DType[] = on === "webgpu" ? ["f32", "bf16", "u8"] : ["f32", "f16", "u8", "f64"];

  const make = (shape: readonly number[], dtype: DType, seed = 1): { tensor: Tensor; oracle: OracleTensor } => {
    const array = randomArray(shape, dtype, seed);
    return { tensor: engine().fromBits(array.bits, array), oracle: { shape, values: Array.from(array.values) } };
  };
  const check = async (
    actual: Tensor,
    expected: { shape: readonly number[]; values: ArrayLike<number> },
    what = "",
  ) => {
    expect(actual.shape, what).toEqual(expected.shape);
    expect(Array.from(await actual.data()), what).toEqual(Array.from(expected.values));
  };

  test("every dtype moves", async () => {
    for (const dtype of able) {
      const { tensor, oracle } = make([3, 5], dtype);
      await check(transpose(tensor, { on }), transposeOracle(oracle, [1, 0]), dtype);
      await check(copy(tensor, { on }), oracle, dtype);
      expect(transpose(tensor, { on }).dtype).toBe(dtype);
    }
  });

  test.each(transpositions)("transpose %j by %j", async (shape, axes) => {
    for (const dtype of sizes) {
      const { tensor, oracle } = make(shape, dtype);
      await check(transpose(tensor, { axes, on }), transposeOracle(oracle, axes), dtype);
    }
  });

  test.each(slices)("slice %j by %j", async (shape, ranges) => {
    for (const dtype of sizes) {
      const { tensor, oracle } = make(shape, dtype);
      await check(slice(tensor, ranges, { on }), sliceOracle(oracle, ranges), dtype);
    }
  });

  test.each(pads)("pad %j by %j", async (shape, widths) => {
    for (const dtype of sizes) {
      const { tensor, oracle } = make(shape, dtype);
      await check(pad(tensor, widths, { value: 1, on }), padOracle(oracle, widths, 1), dtype);
    }
  });

  test("concat and stack along every axis", async () => {
    for (const [index, dtype] of sizes.entries()) {
      for (const axis of [0, 1, 2, -1]) {
        const shapes = [1, 3, 0, 4].map((extent) => [2, 3, 4].with(axis < 0 ? 2 : axis, extent));
        const parts = shapes.map((shape, i) => make(shape, dtype, 10 * index + i));
        const whole = concatOracle(
          parts.map(({ oracle }) => oracle),
          axis < 0 ? 2 : axis,
        );
        await check(
          concat(
            parts.map(({ tensor }) => tensor),
            axis,
            { on },
          ),
          whole,
          `${dtype} ${axis}`,
        );
      }
      const [a, b] = [make([2, 3], dtype, 3), make([2, 3], dtype, 4)];
      for (const axis of [0, 1, 2]) {
        const raised = [a, b].map(({ oracle }) => ({ ...oracle, shape: [2, 3].toSpliced(axis, 0, 1) }));
        await check(stack([a.tensor, b.tensor], axis, { on }), concatOracle(raised, axis), `${dtype} ${axis}`);
      }
    }
  });

  test("broadcastTo", async () => {
    for (const [index, [shapeA, shapeB]] of broadcastPairs.entries()) {
      if (slow && index % 3) continue;
      const { tensor, oracle } = make(shapeA, sizes[index % sizes.length] as DType);
      const result = broadcastOracle([oracle, { shape: shapeB, values: new Array(1000).fill(0) }], (x) => x);
      await check(broadcastTo(tensor, result.shape, { on }), result);
    }
  });

  test("fill in every dtype, and tails of every length", async () => {
    for (const dtype of able) {
      for (const n of [0, 1, 2, 3, 5, 8, 17]) {
        await check(fill(engine(), [n], 3, { dtype, on }), { shape: [n], values: new Array(n).fill(3) }, dtype);
      }
    }
    expect(await fill(engine(), [], -1.5, { on }).item()).toBe(-1.5);
  });

  test("pieces of a split put together again are the whole, whatever the cuts", async () => {
    const cut = fc.record({
      sizes: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 5 }),
      inner: fc.integer({ min: 1, max: 5 }),
      axis: fc.constantFrom(0, 1),
      dtype: fc.constantFrom(...sizes),
    });
    await fc.assert(
      fc.asyncProperty(cut, async ({ sizes: pieces, inner, axis, dtype }) => {
        const total = pieces.reduce((x, y) => x + y, 0);
        const { tensor, oracle } = make(axis === 0 ? [total, inner] : [inner, total], dtype);
        const parts = split(tensor, pieces, axis, { on });
        expect(parts.map(({ shape }) => shape[axis])).toEqual(pieces);
        const whole = concat(parts, axis, { on });
        await check(whole, oracle);
        for (const each of [tensor, whole, ...parts]) each.dispose();
      }),
      { numRuns: slow ? 5 : 40 },
    );
  });

  test("results may go where they came from", async () => {
    const { tensor, oracle } = make([4, 4], "f32");
    expect(transpose(tensor, { on, out: tensor })).toBe(tensor);
    await check(tensor, transposeOracle(oracle, [1, 0]));
    const row = engine().tensor([1, 2, 3, 4]);
    slice(row, [[null, null, -1]], { on, out: row });
    expect(Array.from(await row.data())).toEqual([4, 3, 2, 1]);
    concat([row.rows(2, 4), row.rows(0, 2)], 0, { on, out: row });
    expect(Array.from(await row.data())).toEqual([2, 1, 4, 3]);
  });

  test("equal parts", async () => {
    const parts = split(engine().tensor([1, 2, 3, 4]), 2, 0, { on });
    expect(await Promise.all(parts.map(async (part) => Array.from(await part.data())))).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test("what is refused", () => {
    const a = engine().tensor([1, 2, 3, 4, 5, 6], { shape: [2, 3] });
    const i = engine().tensor(Int32Array.of(1, 2, 3, 4, 5, 6), { shape: [2, 3] });
    expect(() => transpose(a, { axes: [0, 0] })).toThrow(InputError);
    expect(() => transpose(a, { axes: [0] })).toThrow(InputError);
    expect(() => transpose(a, { axes: [0, 2] })).toThrow(InputError);
    expect(() => slice(a, [[0, 1, 0]])).toThrow(/slice: argument ranges has step 0/);
    expect(() => slice(a, [[0.5, 1]])).toThrow(InputError);
    expect(() => slice(a, [null, null, null])).toThrow(InputError);
    expect(() => pad(a, [[1, 1]])).toThrow(InputError);
    expect(() =>
      pad(a, [
        [-1, 1],
        [0, 0],
      ]),
    ).toThrow(InputError);
    expect(() =>
      pad(
        i,
        [
          [1, 1],
          [0, 0],
        ],
        { value: 0.5 },
      ),
    ).toThrow(/is 0.5, which is no i32/);
    expect(() =>
      pad(a, [
        [2 ** 33, 0],
        [0, 0],
      ]),
    ).toThrow(InputError);
    expect(() => concat([])).toThrow(InputError);
    expect(() => concat([a, i])).toThrow(/concat: argument tensors\[1\] has dtype i32/);
    expect(() => concat([a, a.reshape([3, 2])])).toThrow(ShapeError);
    expect(() => concat([a], 2)).toThrow(InputError);
    expect(() => stack([a, a.reshape([3, 2])])).toThrow(ShapeError);
    expect(() => broadcastTo(a, [3, 3])).toThrow(ShapeError);
    expect(() => broadcastTo(a, [3])).toThrow(ShapeError);
    expect(() => split(a, [1, 1], 1)).toThrow(ShapeError);
    expect(() => split(a, 2, 1)).toThrow(ShapeError);
    expect(() => fill(engine(), [-1], 0)).toThrow(InputError);
    expect(() => fill(engine(), [2], 300, { dtype: "u8" })).toThrow(/fill: argument value is 300, which is no u8/);
    expect(() => fill(engine(), [2], 0, { dtype: "f12" as DType })).toThrow(InputError);
    expect(() => transpose(a, { out: i })).toThrow(ShapeError);
    expect(() => copy(a, { out: i })).toThrow(DTypeError);
  });
});
