import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DisposedError, DTypeError, InputError, ShapeError } from "../../src/backends/contract.js";
import { type UnaryName, type UnaryRow, unaryTable } from "../../src/ops/elementwise/unary-table.js";
import * as ops from "../../src/ops/unary.js";
import { integerUnaryOracle, unaryOracle } from "../../src/oracles/unary.js";
import type { DType } from "../../src/tensor/dtype.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectClose, ulpOf } from "../support/closeness.js";
import { heldBy, openFor, type TestBackend, testBackends, wasmBackends } from "../support/engines.js";
import { sweepFloats, wordsFrom } from "../support/sweep.js";

const names = Object.keys(unaryTable) as UnaryName[];
const functions: Record<UnaryName, ops.ScaledUnaryOp> = { ...ops };
const alpha = 0.3125;
const apply = (name: UnaryName, a: Tensor, on: TestBackend["on"], out?: Tensor): Tensor =>
  functions[name](a, { on, alpha, ...(out ? { out } : {}) });
const expectedOf = (name: UnaryName, values: ArrayLike<number>): number[] =>
  Array.from(values, (x) => (unaryOracle[name] as (x: number, alpha: number) => number)(x, alpha));

/** One rounding to the stored format after an f32 result within the table's bound. */
function toleranceOf(name: UnaryName, inputs: ArrayLike<number>, dtype: DType, backend: TestBackend) {
  const row: UnaryRow = unaryTable[name];
  const ulp = backend.on === "webgpu" ? (row.gpuUlp ?? row.ulp) : row.ulp;
  const expected = expectedOf(name, inputs);
  const cancelled = (i: number) => {
    const x = Math.abs(inputs[i] as number);
    return row.perInput && Number.isFinite(x) ? row.perInput * x : 0;
  };
  const single = dtype === "f32" || dtype === "f64";
  return {
    dtype,
    ulp: single ? ulp : 0.5,
    absolute: (i: number) => cancelled(i) + (single ? 0 : ulp * ulpOf(expected[i] as number, "f32")),
    flush: backend.on === "webgpu",
  };
}

describe.each(testBackends)("functions of one number on $name", (backend) => {
  const engine = openFor(backend);
  const count = backend.slow ? 1003 : 20003;

  test.each(names)("%s of f32 over the whole range", async (name) => {
    const inputs = sweepFloats(count, backend.on === "wasm");
    const a = engine().tensor(inputs);
    const result = await apply(name, a, backend.on).data();
    expectClose(result, expectedOf(name, inputs), toleranceOf(name, inputs, "f32", backend));
  });

  test.each(["f16", "bf16"] as const)("%s rounds once after f32", async (dtype) => {
    for (const name of names) {
      const a = engine().tensor(sweepFloats(259, false), { shape: [7, 37], dtype });
      const result = apply(name, a, backend.on);
      expect(result.dtype).toBe(dtype);
      const inputs = await a.data();
      expectClose(await result.data(), expectedOf(name, inputs), toleranceOf(name, inputs, dtype, backend));
    }
  });

  test.each(["i32", "u32"] as const)("integers wrap: %s", async (dtype) => {
    const next = wordsFrom(99);
    const words = Uint32Array.from([0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, ...Array.from({ length: 95 }, next)]);
    const inputs = dtype === "i32" ? new Int32Array(words.buffer) : words;
    for (const name of names.filter((each) => "integers" in unaryTable[each])) {
      const result = await apply(name, engine().tensor(inputs, { dtype }), backend.on).data();
      expect(Array.from(result), name).toEqual(Array.from(inputs, (x) => integerUnaryOracle(name, x, dtype)));
    }
  });

  test("every length up to two blocks and the tails, and around one and two blocks per invocation", async () => {
    const inputs = sweepFloats(2052);
    for (const n of [...Array.from({ length: 34 }, (_, i) => i), 1023, 1028, 2047, 2052]) {
      const a = engine().tensor(inputs.subarray(0, n));
      const result = await apply("neg", a, backend.on).data();
      expect(Array.from(result)).toEqual(Array.from(inputs.subarray(0, n), (x) => -x));
    }
  });

  test("views, scalars and out that is the argument", async () => {
    const a = engine().tensor([1, -2, 3, -4, 5, -6, 7, -8], { shape: [4, 2] });
    expect(Array.from(await apply("relu", a.rows(1, 3), backend.on).data())).toEqual([3, 0, 5, 0]);
    const scalar = apply("square", engine().tensor(3), backend.on);
    expect([scalar.shape, await scalar.item()]).toEqual([[], 9]);
    expect(apply("abs", a, backend.on, a)).toBe(a);
    expect(Array.from(await a.data())).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const half = a.rows(2, 4);
    apply("neg", a.rows(0, 2), backend.on, half);
    expect(Array.from(await a.data())).toEqual([1, 2, 3, 4, -1, -2, -3, -4]);
  });

  test("what is refused, and that nothing is written", async () => {
    const a = engine().tensor([1, 2, 3]);
    const before = heldBy(engine());
    const bytes = engine().tensor(Uint8Array.of(1, 2, 3));
    const gone = engine().tensor([1]);
    gone.dispose();
    expect(() => ops.exp([1, 2] as unknown as Tensor)).toThrow(InputError);
    expect(() => ops.exp(gone)).toThrow(DisposedError);
    expect(() => ops.exp(bytes)).toThrow(/exp: argument a has dtype u8, expected .*cast/);
    expect(() => ops.exp(engine().tensor(Int32Array.of(1)))).toThrow(DTypeError);
    expect(() => ops.exp(a, { out: engine().tensor([1, 2]) })).toThrow(ShapeError);
    expect(() => ops.exp(a, { out: engine().tensor(Float64Array.of(1, 2, 3)) })).toThrow(DTypeError);
    expect(() => ops.exp(a, null as unknown as object)).toThrow(InputError);
    expect(() => ops.elu(a, { alpha: Number.NaN })).toThrow(/elu: argument alpha is NaN/);
    expect(Array.from(await a.data())).toEqual([1, 2, 3]);
    expect(heldBy(engine())).toBe(before + 4);
  });

  test("a function of a function of anything stays what the definition says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.float32Array({ minLength: 1, maxLength: 40, noNaN: true }), async (inputs) => {
        const a = engine().tensor(inputs);
        const twice = apply("neg", apply("neg", a, backend.on), backend.on);
        expect(Array.from(await twice.data())).toEqual(Array.from(inputs));
        a.dispose();
        twice.dispose();
      }),
      { numRuns: backend.slow ? 5 : 30 },
    );
  });
});

describe("functions of one number in f64", () => {
  const engine = openFor(wasmBackends[0] as TestBackend);

  test.each(names)("%s", async (name) => {
    const inputs = Float64Array.from(sweepFloats(503), (x) => x * 1.0000000001);
    const result = await apply(name, engine().tensor(inputs), "wasm").data();
    const spread = (i: number) => 1e-13 * Math.abs(inputs[i] as number);
    const tolerance = { dtype: "f64" as const, ulp: 1000, absolute: "perInput" in unaryTable[name] ? spread : 0 };
    expectClose(result, expectedOf(name, inputs), tolerance);
  });
});

test("1 and N threads give the same bits", async () => {
  const inputs = sweepFloats(200_003);
  const results = await Promise.all(
    [1, 2].map(async (threads) => {
      const { createEngine } = await import("../../src/create-engine.js");
      const engine = await createEngine({ webgpu: false, threads });
      const bits = new Uint32Array((await ops.tanh(engine.tensor(inputs)).bits()).buffer as ArrayBuffer);
      engine.destroy();
      return bits;
    }),
  );
  expect(results[0]).toEqual(results[1]);
});
