import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DTypeError, InputError, ShapeError } from "../../src/backends/contract.js";
import { type LogsumexpOptions, logSoftmax, logsumexp, softmax } from "../../src/ops/softmax.js";
import {
  alongAxisOracle,
  foldOracle,
  logSoftmaxOracle,
  reduceOracle,
  softmaxOracle,
} from "../../src/oracles/reduce.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { randomArray, stored } from "../support/arrays.js";
import { expectClose } from "../support/closeness.js";
import { openFor, testBackends } from "../support/engines.js";

/** Rows and columns, tails of every length, more elements than a workgroup has invocations. */
const cases: [shape: number[], axis: number][] = [
  [[1], 0],
  [[5], -1],
  [[3, 4], 1],
  [[3, 7], 0],
  [[9, 257], 1],
  [[2, 9, 5], 1],
  [[2, 300, 3], -2],
  [[2, 1000], 1],
  [[1, 8200], 1],
  [[2, 1, 3], 1],
  [[0, 4], 1],
  [[4, 0], 1],
];

const lineOracles = { softmax: softmaxOracle, logSoftmax: logSoftmaxOracle };

describe.each(testBackends)("softmax on $name", (backend) => {
  const engine = openFor(backend);
  const { on, slow } = backend;

  test.each(cases)("%j along %i", async (shape, axis) => {
    for (const dtype of ["f32", "f16", "bf16"] as const) {
      const small = randomArray(shape, dtype, 5);
      // Up to 30 apart: exponentials from 1 down to 1e-13.
      const array = stored(
        shape,
        dtype,
        small.values.map((x) => 15 * x),
      );
      const a = engine().fromBits(array.bits, array);
      const oracle = { shape, values: Array.from(array.values) };
      const along = axis < 0 ? axis + shape.length : axis;
      const n = shape[along] as number;
      const summed = on === "wasm" ? 0 : n / 256 + 16;
      for (const [op, name] of [
        [softmax, "softmax"],
        [logSoftmax, "logSoftmax"],
      ] as const) {
        const result = op(a, { axis, on });
        const { values } = alongAxisOracle(oracle, along, lineOracles[name]);
        const [relative, absolute] =
          name === "softmax"
            ? [8 + 30 / 2 + summed, 2 ** -126]
            : [0, 2 ** -22 * (31 + Math.log(n + 1)) + summed * 2 ** -24];
        expect(result.shape).toEqual(shape);
        expectClose(await result.data(), values, {
          dtype,
          ulp: dtype === "f32" ? relative : 0.51,
          absolute: (i) => absolute + (dtype === "f32" ? 0 : relative * 2 ** -23 * Math.abs(values[i] as number)),
          flush: true,
        });
      }
      const total = reduceOracle(oracle, [along], foldOracle.logsumexp, true);
      const result = logsumexp(a, { axis, keepDims: true, on });
      expect(result.shape).toEqual(total.shape);
      const absolute = 2 ** -22 * (1 + Math.log(n + 1)) + summed * 2 ** -24;
      expectClose(await result.data(), total.values, { dtype, ulp: 1.01, absolute });
    }
  });

  test("nothing overflows, and what is not finite spreads over its own line", async () => {
    const lines = [
      [1000, 999, -1000],
      [-Infinity, 0, 1],
      [-Infinity, -Infinity, -Infinity],
      [Infinity, 0, 1],
      [Number.NaN, 0, 1],
      [3e38, -3e38, 3e38],
    ];
    const a = engine().tensor(lines.flat(), { shape: [6, 3] });
    const rows = async (result: Tensor) => {
      const data = Array.from(await result.data());
      return lines.map((_, r) => data.slice(3 * r, 3 * r + 3));
    };
    const probabilities = await rows(softmax(a, { on }));
    expectClose(probabilities[0]!, softmaxOracle(lines[0]!), { dtype: "f32", ulp: 24, flush: true });
    expectClose(probabilities[1]!, softmaxOracle(lines[1]!), { dtype: "f32", ulp: 24, flush: true });
    expect(probabilities[5]).toEqual([0.5, 0, 0.5]);
    const logarithms = await rows(logSoftmax(a, { on }));
    expectClose(logarithms[1]!, logSoftmaxOracle(lines[1]!), { dtype: "f32", ulp: 0, absolute: 2 ** -21 });
    for (const r of [2, 3, 4]) {
      expect(probabilities[r]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
      expect(logarithms[r]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    }
    const totals = Array.from(await logsumexp(a, { on }).data());
    expect(totals.slice(2)).toEqual([-Infinity, Infinity, Number.NaN, Math.fround(3e38)]);
    expect(totals[0]).toBeCloseTo(1000 + Math.log1p(Math.exp(-1)), 4);
  });

  test("logsumexp of nothing is -inf", async () => {
    const none = engine().tensor(new Float32Array(0), { shape: [2, 0] });
    expect(Array.from(await logsumexp(none, { on }).data())).toEqual([-Infinity, -Infinity]);
  });

  test("may write where it reads", async () => {
    const array = randomArray([3, 2, 5], "f32", 8);
    for (const axis of [1, 2]) {
      const a = engine().fromBits(array.bits.slice(), array);
      const elsewhere = await softmax(a, { axis, on }).bits();
      expect(softmax(a, { axis, on, out: a })).toBe(a);
      expect(await a.bits()).toEqual(elsewhere);
    }
  });

  test("a shift of a line changes nothing, and a line sums to one", async () => {
    const line = fc.array(fc.integer({ min: -400, max: 400 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(line, fc.integer({ min: -4096, max: 4096 }), async (quarters, shift) => {
        // Quarters, so that the shifted numbers are exact.
        const a = engine().tensor(quarters.map((x) => x / 4));
        const b = engine().tensor(quarters.map((x) => x / 4 + shift));
        const result = await softmax(a, { on }).data();
        expect(await softmax(b, { on }).data()).toEqual(result);
        expect(Math.abs(Array.from(result as Float32Array).reduce((p, q) => p + q, 0) - 1)).toBeLessThan(1e-5);
        a.dispose();
        b.dispose();
      }),
      { numRuns: slow ? 4 : 30 },
    );
  });

  test("what is refused", () => {
    const a = engine().tensor([1, 2, 3, 4], { shape: [2, 2] });
    for (const op of [softmax, logSoftmax, logsumexp] as ((a: Tensor, options?: LogsumexpOptions) => Tensor)[]) {
      expect(() => op(a, { axis: 2 })).toThrow(InputError);
      expect(() => op(a, { axis: 0.5 })).toThrow(InputError);
      expect(() => op(engine().tensor(3, { shape: [] }))).toThrow(InputError);
      expect(() => op(engine().tensor(Int32Array.of(1)))).toThrow(DTypeError);
      expect(() => op(engine().tensor(Float64Array.of(1)))).toThrow(/cast/);
      expect(() => op(a, { out: engine().tensor([1, 2, 3]) })).toThrow(ShapeError);
      expect(() => op([1, 2] as unknown as Tensor)).toThrow(InputError);
    }
  });
});
