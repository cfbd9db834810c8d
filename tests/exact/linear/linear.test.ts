/** Solutions, kernels and ranks, each proved by multiplying back. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEngine } from "../../../src/create-engine.js";
import type { Engine } from "../../../src/engine/engine.js";
import * as exact from "../../../src/exact/index.js";

let engine: Engine;
let kernels: exact.ExactKernels;
beforeAll(async () => {
  engine = await createEngine({ webgpu: false, threads: 1 });
  kernels = await exact.openExact(engine);
});
afterAll(() => engine.destroy());

const times = (m: exact.IntegerMatrix, x: readonly bigint[]) =>
  m.map((row) => row.reduce((sum, a, j) => sum + a * (x[j] as bigint), 0n));

const matrices = fc
  .record({
    rows: fc.integer({ min: 1, max: 6 }),
    inner: fc.integer({ min: 1, max: 5 }),
    columns: fc.integer({ min: 1, max: 7 }),
  })
  .chain(({ rows, inner, columns }) => {
    const entry = fc.oneof(fc.bigInt({ min: -9n, max: 9n }), fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }));
    const block = (m: number, n: number) =>
      fc.array(fc.array(entry, { minLength: n, maxLength: n }), { minLength: m, maxLength: m });
    // A product has the rank of its narrow factor at most.
    return fc.tuple(block(rows, inner), block(inner, columns));
  })
  .map(([a, b]) =>
    a.map((row) => (b[0] as bigint[]).map((_, j) => row.reduce((s, x, k) => s + x * (b[k]?.[j] as bigint), 0n))),
  );

describe.each([true, false])("with kernels: %s", (wanted) => {
  const options = () => (wanted ? { kernels } : {});

  test("the nullspace is annihilated, primitive, and as large as the rank leaves it", () => {
    fc.assert(
      fc.property(matrices, (m) => {
        const columns = (m[0] as bigint[]).length;
        const basis = exact.nullspace(m, options());
        for (const x of basis) {
          expect(times(m, x).every((v) => v === 0n)).toBe(true);
          expect(exact.gcdOf(x)).toBe(1n);
        }
        expect(exact.rank(m, options())).toBe(columns - basis.length);
        // The rank of the transpose is the same, and comes from another elimination.
        const transposed = (m[0] as bigint[]).map((_, j) => m.map((row) => row[j] as bigint));
        expect(exact.rank(transposed, options())).toBe(columns - basis.length);
      }),
      { numRuns: 60 },
    );
  });

  test("solutions solve, and there is none off the image", () => {
    fc.assert(
      fc.property(matrices, fc.array(fc.bigInt({ min: -99n, max: 99n }), { minLength: 7, maxLength: 7 }), (m, x) => {
        const b = times(m, x.slice(0, (m[0] as bigint[]).length));
        const found = exact.solve(m, b, options());
        expect(found).toBeDefined();
        const common = (found ?? []).reduce((d, { den }) => exact.lcm(d, den), 1n);
        const scaled = (found ?? []).map(({ num, den }) => num * (common / den));
        expect(times(m, scaled)).toEqual(b.map((v) => v * common));
      }),
      { numRuns: 60 },
    );
    expect(
      exact.solve(
        [
          [1n, 2n],
          [2n, 4n],
        ],
        [1n, 3n],
        options(),
      ),
    ).toBeUndefined();
  });

  test("the Hilbert matrix, whose inverse is large", () => {
    const n = 12;
    const whole = exact.product(Array.from({ length: 2 * n }, (_, k) => BigInt(k + 1)));
    const at = (i: number, j: number) => whole / BigInt(i + j + 1);
    const matrix = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => at(i, j)));
    const unit = matrix.map((_, i) => (i === 0 ? whole : 0n));
    const x = exact.solve(matrix, unit, options());
    // Its first column: n^2, -n^2 (n^2 - 1) / 2, ...
    expect(x?.slice(0, 2)).toEqual([
      { num: 144n, den: 1n },
      { num: -10296n, den: 1n },
    ]);
  });

  test("wide matrices modulo p agree with the narrow method", () => {
    const field = new exact.PrimeField(2147483647, options());
    const [rows, columns] = [20, 50];
    const data = Uint32Array.from({ length: rows * columns }, (_, i) => (i * i * 7919 + (i % 13) * 1000003) % field.p);
    const basis = exact.nullspaceModulo(field, { rows, columns, data });
    expect(basis.length).toBe(columns - exact.rankModulo(field, { rows, columns, data }));
    for (const x of basis) {
      for (let i = 0; i < rows; i++) {
        expect(exact.dotVectors(field, data.subarray(i * columns, (i + 1) * columns), x)).toBe(0);
      }
    }
  });
});

test("a prime that divides a pivot does not mislead", () => {
  expect(
    exact.nullspace([
      [2147483647n, 1n],
      [0n, 1n],
    ]),
  ).toEqual([]);
  expect(exact.nullspace([[2147483647n, 1n]])).toEqual([[-1n, 2147483647n]]);
});

test.each([
  ["E_INPUT", () => exact.nullspace([])],
  ["E_SHAPE", () => exact.nullspace([[1n], [1n, 2n]])],
  ["E_INPUT", () => exact.rank([[1 as never]])],
  ["E_SHAPE", () => exact.solve([[1n]], [1n, 2n])],
  ["E_SHAPE", () => exact.rowReduce(new exact.PrimeField(7), { rows: 2, columns: 2, data: Uint32Array.of(1) })],
  ["E_INPUT", () => exact.rowReduce(new exact.PrimeField(7), { rows: 1, columns: 1, data: Uint32Array.of(9) })],
])("bad input %# throws %s", (code, call) => {
  expect(call).toThrow(expect.objectContaining({ code }));
});
