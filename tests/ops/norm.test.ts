import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DTypeError, InputError, ShapeError } from "../../src/backends/contract.js";
import { layerNorm, rmsNorm } from "../../src/ops/norm.js";
import { alongAxisOracle, normOracle } from "../../src/oracles/reduce.js";
import { randomArray } from "../support/arrays.js";
import { expectClose } from "../support/closeness.js";
import { openFor, testBackends } from "../support/engines.js";

/** Tails of every length, and rows longer than a workgroup. */
const cases = [[1], [3, 4], [2, 5], [2, 3, 7], [3, 257], [2, 1000], [1, 8200], [0, 4], [4, 0]];

describe.each(testBackends)("normalisation on $name", (backend) => {
  const engine = openFor(backend);
  const { on, slow } = backend;

  test.each(cases.map((shape) => ({ shape })))("of the rows of $shape", async ({ shape }) => {
    const n = shape.at(-1) as number;
    for (const dtype of ["f32", "f16", "bf16"] as const) {
      const array = randomArray(shape, dtype, 3);
      const weights = randomArray([n], dtype, 4);
      const biases = randomArray([n], dtype, 6);
      const a = engine().fromBits(array.bits, array);
      const weight = engine().fromBits(weights.bits, weights);
      const bias = engine().fromBits(biases.bits, biases);
      const oracle = { shape, values: Array.from(array.values) };
      const summed = on === "wasm" ? 2 ** -21 : (16 + n / 256) * 2 ** -23;
      const check = async (op: typeof layerNorm, given: { weight?: typeof a; bias?: typeof a }, eps: number) => {
        const { values } = alongAxisOracle(oracle, shape.length - 1, (line) =>
          normOracle(line, {
            centred: op === layerNorm,
            eps,
            ...(given.weight ? { weight: weights.values } : {}),
            ...(given.bias ? { bias: biases.values } : {}),
          }),
        );
        const result = op(a, { ...given, eps, on });
        expect(result.shape).toEqual(shape);
        // A bias is at most 1, and may cancel.
        const bound = (i: number) => summed * (Math.abs(values[i] as number) + 2);
        expectClose(await result.data(), values, { dtype, ulp: 0.51, absolute: bound, flush: true });
      };
      await check(layerNorm, {}, 1e-5);
      await check(layerNorm, { weight, bias }, 1e-3);
      await check(layerNorm, { bias }, 1e-3);
      await check(rmsNorm, {}, 1e-5);
      await check(rmsNorm, { weight }, 1e-3);
    }
  });

  test("a large mean costs no digits", async () => {
    const line = Float32Array.from({ length: 300 }, (_, i) => 10000 + (i % 7) / 8);
    const expected = normOracle(Array.from(line), { centred: true, eps: 1e-5 });
    const result = await layerNorm(engine().tensor(line), { on }).data();
    expectClose(result, expected, { dtype: "f32", ulp: 0, absolute: on === "wasm" ? 2 ** -19 : 0.003 });
  });

  test("a row that is not finite is NaN, alone", async () => {
    const a = engine().tensor([Infinity, 1, 2, Number.NaN, 1, 2, 1, 2, 3], { shape: [3, 3] });
    const rows = Array.from(await layerNorm(a, { on }).data());
    expect(rows.slice(0, 6)).toEqual(new Array(6).fill(Number.NaN));
    expect(rows[7]).toBe(0);
  });

  test("may write where it reads", async () => {
    const array = randomArray([3, 10], "f32", 8);
    for (const op of [layerNorm, rmsNorm]) {
      const a = engine().fromBits(array.bits.slice(), array);
      const weight = engine().fromBits(array.bits.slice(0, 10), { shape: [10], dtype: "f32" });
      const elsewhere = await op(a, { weight, on }).bits();
      op(a, { weight, on, out: a });
      expect(await a.bits()).toEqual(elsewhere);
    }
  });

  test("a power of two in front changes nothing where eps is 0", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 30 }),
        async (numbers) => {
          const a = engine().tensor(Float32Array.from(numbers));
          const b = engine().tensor(Float32Array.from(numbers, (x) => x / 1024));
          const expected = await rmsNorm(a, { eps: 0, on }).data();
          expect(await rmsNorm(b, { eps: 0, on }).data()).toEqual(expected);
          a.dispose();
          b.dispose();
        },
      ),
      { numRuns: slow ? 4 : 30 },
    );
  });

  test("what is refused", () => {
    const a = engine().tensor([1, 2, 3, 4], { shape: [2, 2] });
    const three = engine().tensor([1, 2, 3]);
    for (const op of [layerNorm, rmsNorm]) {
      expect(() => op(a, { eps: -1 })).toThrow(InputError);
      expect(() => op(a, { eps: Number.NaN })).toThrow(InputError);
      expect(() => op(a, { weight: three })).toThrow(ShapeError);
      expect(() => op(a, { weight: engine().tensor([1, 2], { dtype: "f16" }) })).toThrow(DTypeError);
      expect(() => op(a, { weight: [1, 2] as never })).toThrow(InputError);
      expect(() => op(engine().tensor(3, { shape: [] }))).toThrow(ShapeError);
      expect(() => op(engine().tensor(Int32Array.of(1)))).toThrow(DTypeError);
      expect(() => op(a, { out: three })).toThrow(ShapeError);
    }
    expect(() => layerNorm(a, { bias: three })).toThrow(/bias/);
    expect(() => rmsNorm(a, { bias: engine().tensor([1, 2]) } as never)).toThrow(InputError);
  });
});
