import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DTypeError, InputError, ShapeError } from "../../src/backends/contract.js";
import { createEngine } from "../../src/create-engine.js";
import { gather } from "../../src/ops/gather.js";
import { scatter } from "../../src/ops/scatter.js";
import { gatherOracle, scatterOracle } from "../../src/oracles/movement.js";
import { type DType, dtypes } from "../../src/tensor/dtype.js";
import { sizeOfShape } from "../../src/tensor/shape.js";
import { randomArray, type StoredArray, stored, uniform } from "../support/arrays.js";
import { openFor, testBackends, wasmBackends } from "../support/engines.js";

/** Table, shape of the indices, axis: rows of whole quads and not, columns, the middle, one index, none. */
const gathers: [shape: number[], indices: number[], axis: number][] = [
  [[5], [7], 0],
  [[5, 4], [3], 0],
  [[5, 3], [2, 3], 0],
  [[3, 6], [4], -1],
  [[2, 3, 8], [5], 1],
  [[2, 3, 5], [2, 2], 1],
  [[4, 3], [], 0],
  [[4, 3], [0], 0],
  [[0, 3], [2], 0],
  [[300, 2], [400], 0],
];

const scatters: [shape: number[], count: number, axis: number][] = [
  [[5], 7, 0],
  [[5, 4], 3, 0],
  [[3, 6], 4, -1],
  [[2, 3, 8], 5, 1],
  [[2, 3, 5], 0, 1],
  [[0, 3], 2, 0],
  [[40, 3], 70, 0],
  [[9, 4], 300, 0],
];

/** Positions of an axis, and now and then one outside. */
function positions(count: number, extent: number, seed: number): Int32Array {
  const next = uniform(seed);
  return Int32Array.from({ length: count }, () => Math.floor(next() * (extent + 2)) - 1);
}

const rounded = (dtype: DType, x: number): number => stored([], dtype, [x]).values[0] as number;

describe.each(testBackends)("gather and scatter on $name", (backend) => {
  const engine = openFor(backend);
  const { on, slow } = backend;
  const able = dtypes.filter((dtype) => on === "wasm" || dtype !== "f64");
  const tensor = (array: StoredArray) => engine().fromBits(array.bits, array);

  test.each(gathers)("gather from %j by %j along %i", async (shape, indexShape, axis) => {
    const along = axis < 0 ? axis + shape.length : axis;
    const places = positions(sizeOfShape(indexShape), shape[along] as number, 7);
    for (const dtype of slow ? (["f32", "f16", "u8"] as const) : able) {
      const array = randomArray(shape, dtype, 2);
      const indices = engine().tensor(places, { shape: indexShape });
      const result = gather(tensor(array), indices, axis, { on });
      const oracle = { shape, values: Array.from(array.values) };
      const expected = gatherOracle(oracle, { shape: indexShape, values: Array.from(places) }, along);
      expect(result.shape).toEqual(expected.shape);
      expect(Array.from(await result.data()), dtype).toEqual(expected.values);
    }
  });

  test.each(scatters)("scatter into %j of %i along %i", async (shape, count, axis) => {
    const along = axis < 0 ? axis + shape.length : axis;
    const places = positions(count, shape[along] as number, 9);
    for (const dtype of slow ? (["f32", "bf16", "u8", "i32"] as const) : able) {
      const array = randomArray(shape, dtype, 3);
      const changes = randomArray(shape.with(along, count), dtype, 4);
      const indices = engine().tensor(places);
      const a = { shape, values: Array.from(array.values) };
      const updates = { shape: changes.shape, values: Array.from(changes.values) };
      const set = scatter(tensor(array), indices, tensor(changes), { axis, on });
      const replaced = scatterOracle(a, Array.from(places), updates, along, (_, update) => update);
      expect(Array.from(await set.data()), dtype).toEqual(replaced.values);

      if (!["f32", "f16", "bf16", "f64", "i32", "u32"].includes(dtype)) continue;
      // f32 adds round each time, in the order of the indices; the 16-bit floats round once more at the end.
      const step = dtype === "f64" || dtype === "u32" || dtype === "i32" ? (x: number) => x : Math.fround;
      const sums = scatterOracle(a, Array.from(places), updates, along, (old, update) => step(old + update));
      const added = scatter(tensor(array), indices, tensor(changes), { axis, mode: "add", on });
      expect(Array.from(await added.data()), dtype).toEqual(sums.values.map((x) => rounded(dtype, x)));
    }
  });

  test("integer sums wrap, and indices may be u32", async () => {
    const a = engine().tensor(Int32Array.of(2 ** 31 - 1, 5));
    const indices = engine().tensor(Uint32Array.of(0, 2 ** 32 - 1));
    const result = scatter(a, indices, engine().tensor(Int32Array.of(1, 1)), { mode: "add", on });
    expect(Array.from(await result.data())).toEqual([-(2 ** 31), 5]);
    expect(Array.from(await gather(a, indices, 0, { on }).data())).toEqual([2 ** 31 - 1, 0]);
  });

  test("results may go where they came from", async () => {
    const a = engine().tensor(Float32Array.of(0, 1, 2, 3, 4));
    const reversed = engine().tensor(Int32Array.of(4, 3, 2, 1, 0));
    expect(gather(a, reversed, 0, { on, out: a })).toBe(a);
    expect(Array.from(await a.data())).toEqual([4, 3, 2, 1, 0]);
    scatter(a, reversed, a, { on, out: a });
    expect(Array.from(await a.data())).toEqual([0, 1, 2, 3, 4]);
  });

  test("what a permutation scattered, gathering brings back", async () => {
    const shuffles = fc.integer({ min: 1, max: 40 }).chain((n) =>
      fc.shuffledSubarray(
        Array.from({ length: n }, (_, i) => i),
        { minLength: n },
      ),
    );
    await fc.assert(
      fc.asyncProperty(shuffles, async (order) => {
        const a = tensor(randomArray([order.length, 2], "f32", order.length));
        const indices = engine().tensor(Int32Array.from(order));
        const there = scatter(tensor(randomArray(a.shape, "f32", 99)), indices, a, { on });
        const back = gather(there, indices, 0, { on });
        expect(await back.bits()).toEqual(await a.bits());
        for (const made of [a, indices, there, back]) made.dispose();
      }),
      { numRuns: slow ? 4 : 30 },
    );
  });

  test("what is refused", () => {
    const a = engine().tensor([1, 2, 3, 4], { shape: [2, 2] });
    const indices = engine().tensor(Int32Array.of(0));
    const row = engine().tensor([1, 2], { shape: [1, 2] });
    expect(() => gather(a, a)).toThrow(DTypeError);
    expect(() => gather(a, indices, 2)).toThrow(InputError);
    expect(() => gather(a, [0] as never)).toThrow(InputError);
    expect(() => gather(engine().tensor(1, { shape: [] }), indices)).toThrow(InputError);
    expect(() => gather(a, indices, 0, { out: a })).toThrow(ShapeError);
    expect(() => scatter(a, indices, a)).toThrow(ShapeError);
    expect(() => scatter(a, indices, row, { mode: "max" as never })).toThrow(/"set" or "add"/);
    expect(() => scatter(a, engine().tensor(Int32Array.of(0), { shape: [1, 1] }), row)).toThrow(ShapeError);
    expect(() => scatter(a, indices, engine().tensor([1, 2], { dtype: "f16", shape: [1, 2] }))).toThrow(DTypeError);
    const bytes = engine().tensor(Uint8Array.of(1));
    expect(() => scatter(bytes, indices, bytes, { mode: "add" })).toThrow(/cast/);
  });
});

test("adding on 1 and N threads gives the same bits", async () => {
  const bits: unknown[] = [];
  for (const { options } of wasmBackends.filter(({ fused }) => !fused)) {
    const engine = await createEngine(options);
    const a = randomArray([3, 50, 7], "f32", 1);
    const updates = randomArray([3, 4000, 7], "f32", 2);
    const indices = engine.tensor(positions(4000, 50, 3));
    const result = scatter(engine.fromBits(a.bits, a), indices, engine.fromBits(updates.bits, updates), {
      axis: 1,
      mode: "add",
    });
    bits.push(await result.bits());
    engine.destroy();
  }
  expect(bits[0]).toEqual(bits[1]);
});
