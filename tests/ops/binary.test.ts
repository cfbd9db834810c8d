import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DTypeError, InputError, ShapeError, UnsupportedError } from "../../src/backends/contract.js";
import * as ops from "../../src/ops/binary.js";
import { type BinaryName, type BinaryRow, binaryTable } from "../../src/ops/elementwise/binary-table.js";
import { binaryOracle, broadcastOracle, integerBinaryOracle } from "../../src/oracles/broadcast.js";
import type { DType } from "../../src/tensor/dtype.js";
import { sizeOfShape } from "../../src/tensor/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { randomArray, sameBits } from "../support/arrays.js";
import { broadcastingShapes, broadcastPairs } from "../support/broadcast-shapes.js";
import { expectClose, ulpOf } from "../support/closeness.js";
import { openFor, type TestBackend, testBackends } from "../support/engines.js";
import { specialFloats, sweepFloats, wordsFrom } from "../support/sweep.js";

const functions: Record<BinaryName, ops.BinaryOp> = { ...ops };
const names = Object.keys(binaryTable) as BinaryName[];
const oracle = (name: BinaryName) => binaryOracle[name] as (a: number, b: number) => number;

function runs(name: BinaryName, dtype: DType, { on }: TestBackend): boolean {
  const row: BinaryRow = binaryTable[name];
  const isInteger = dtype === "i32" || dtype === "u32";
  if (isInteger) return !row.floatsOnly;
  return on === "wasm" || (dtype !== "f64" && !row.noGpuFloats);
}

/** Units in the last place of an f32 result; the GPU's pow errs by its logarithm's error times the exponent. */
function ulpsOf(name: BinaryName, a: number, b: number, { on }: TestBackend): number {
  const row: BinaryRow = binaryTable[name];
  if (on === "wasm") return row.ulp;
  if (name !== "pow") return row.gpuUlp ?? row.ulp;
  const power = Math.abs(b * Math.log2(Math.abs(a)));
  return 4 + 3 * (power < 200 ? power : 0);
}

describe.each(testBackends)("functions of two numbers on $name", (backend) => {
  const engine = openFor(backend);
  const { on, slow } = backend;
  const pairs = slow ? broadcastPairs.filter((_, i) => i % 2 === 0) : broadcastPairs;

  test.each(names.filter((name) => runs(name, "f32", backend)))("%s of f32 over the whole range", async (name) => {
    const count = slow ? 1001 : 20001;
    const a = sweepFloats(count, !slow);
    const shuffled = sweepFloats(count, !slow);
    const b = a.map((_, i) => (i % 3 === 0 ? (shuffled[count - 1 - i] as number) : ((i * 37) % 23) - 11 + (i % 2) / 4));
    specialFloats.forEach((x, i) => {
      b[i] = specialFloats[(i * 7) % specialFloats.length] as number;
      a[i] = x;
    });
    if (on === "webgpu") for (const array of [a, b]) array.set(array.map((x) => (Math.abs(x) < 1.2e-38 ? 0.25 : x)));
    const result = await functions[name](engine().tensor(a), engine().tensor(b), { on }).data();
    const expected = a.map((x, i) => oracle(name)(x, b[i] as number));
    const exact = Float64Array.from(a, (x, i) => oracle(name)(x, b[i] as number));
    const allowed = (i: number) =>
      ulpsOf(name, a[i] as number, b[i] as number, backend) * ulpOf(expected[i] as number, "f32");
    // WGSL promises division only for divisors within [2^-126, 2^126].
    const judged = (i: number) => on === "wasm" || name !== "div" || Math.abs(b[i] as number) < 2 ** 126;
    const keep = exact.map((_, i) => i).filter(judged);
    expectClose(
      keep.map((i) => result[i] as number),
      keep.map((i) => exact[i] as number),
      { dtype: "f32", ulp: 0, absolute: (k) => allowed(keep[k] as number), flush: on === "webgpu" },
    );
  });

  const able = (["f32", "f16", "bf16", "f64", "i32", "u32"] as const).filter(
    (dtype) => on === "wasm" || dtype !== "f64",
  );
  test.each(able)("broadcasting of %s", async (dtype) => {
    const usable = names.filter((name) => runs(name, dtype, backend) && name !== "pow");
    for (const [index, [shapeA, shapeB]] of pairs.entries()) {
      const name = usable[index % usable.length] as BinaryName;
      const a = randomArray(shapeA, dtype, 2 * index);
      const b = randomArray(shapeB, dtype, 2 * index + 1);
      const isInteger = dtype === "i32" || dtype === "u32";
      const whole = (x: number, y: number) => {
        const exact = (integerBinaryOracle[name] as (a: bigint, b: bigint) => bigint)(BigInt(x), BigInt(y));
        return Number(dtype === "i32" ? BigInt.asIntN(32, exact) : BigInt.asUintN(32, exact));
      };
      const expected = broadcastOracle([a, b], isInteger ? whole : oracle(name));
      const result = functions[name](engine().fromBits(a.bits, a), engine().fromBits(b.bits, b), { on });
      expect(result.shape).toEqual(expected.shape);
      const values = await result.data();
      if (isInteger) expect(Array.from(values), `${name} ${shapeA} ${shapeB}`).toEqual(expected.values);
      else {
        const steps = (binaryTable[name] as BinaryRow).gpuUlp ?? 1;
        expectClose(values, expected.values, {
          dtype,
          ulp: 0.5001,
          absolute: (i) => (dtype === "f64" ? 0 : steps * ulpOf(expected.values[i] as number, "f32")),
        });
      }
    }
  });

  test.each(["i32", "u32"] as const)("integers wrap and divide by anything: %s", async (dtype) => {
    const next = wordsFrom(7);
    const edge = [0, 1, 2, 3, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe];
    const pairsOf = [
      ...edge.flatMap((x) => edge.map((y) => [x, y])),
      ...Array.from({ length: 37 }, () => [next(), next() >>> (next() % 32)]),
    ];
    const typed = (which: number) => {
      const words = Uint32Array.from(pairsOf, (pair) => pair[which] as number);
      return dtype === "i32" ? new Int32Array(words.buffer) : words;
    };
    const [a, b] = [typed(0), typed(1)];
    for (const name of names.filter((each) => runs(each, dtype, backend))) {
      const result = await functions[name](engine().tensor(a), engine().tensor(b), { on }).data();
      const expected = Array.from(a, (x, i) => {
        const exact = (integerBinaryOracle[name] as (a: bigint, b: bigint) => bigint)(
          BigInt(x),
          BigInt(b[i] as number),
        );
        return Number(dtype === "i32" ? BigInt.asIntN(32, exact) : BigInt.asUintN(32, exact));
      });
      expect(Array.from(result), name).toEqual(expected);
    }
  });

  test("out may be either operand, whole or in part", async () => {
    const a = engine().tensor([1, 2, 3, 4, 5, 6], { shape: [3, 2] });
    const b = engine().tensor([10, 20]);
    expect(ops.sub(a, b, { on, out: a })).toBe(a);
    expect(Array.from(await a.data())).toEqual([-9, -18, -7, -16, -5, -14]);
    ops.add(b, a.rows(0, 1).reshape([2]), { on, out: b });
    expect(Array.from(await b.data())).toEqual([1, 2]);
    ops.mul(a, a, { on, out: a });
    ops.add(a.rows(0, 2), a.rows(1, 3), { on, out: a.rows(0, 2) });
    expect(Array.from(await a.data())).toEqual([130, 580, 74, 452, 25, 196]);
  });

  test("in place is as elsewhere, of every dtype, whichever operand broadcasts", async () => {
    // On the CPU more than one piece of 65536.
    const shape = slow ? [7, 30] : [230, 300];
    for (const dtype of ["f32", "bf16", "i32", ...(on === "webgpu" ? [] : (["f64"] as const))] as const) {
      const array = randomArray(shape, dtype, 1);
      for (const small of [shape, shape.slice(1), [shape[0] as number, 1], [1]]) {
        const other = randomArray(small, dtype, 2);
        const b = engine().fromBits(other.bits, other);
        for (const swapped of [false, true]) {
          const a = engine().fromBits(array.bits, array);
          const operands = swapped ? ([b, a] as const) : ([a, b] as const);
          const elsewhere = ops.sub(...operands, { on });
          expect(ops.sub(...operands, { on, out: a })).toBe(a);
          expect(sameBits(await a.bits(), await elsewhere.bits()), `${dtype} ${small}`).toBe(true);
          for (const made of [a, elsewhere]) made.dispose();
        }
        b.dispose();
      }
    }
  });

  test("a sum does not depend on the order or the shape of its terms", async () => {
    await fc.assert(
      fc.asyncProperty(broadcastingShapes, async ([shapeA, shapeB]) => {
        const a = engine().tensor(
          new Float32Array(sizeOfShape(shapeA)).map((_, i) => i),
          { shape: shapeA },
        );
        const b = engine().tensor(
          new Float32Array(sizeOfShape(shapeB)).map((_, i) => 100 * i),
          { shape: shapeB },
        );
        const sums: Tensor[] = [ops.add(a, b, { on }), ops.add(b, a, { on })];
        const [first, second] = await Promise.all(sums.map((sum) => sum.data()));
        const expected = broadcastOracle(
          [
            { shape: shapeA, values: await a.data() },
            { shape: shapeB, values: await b.data() },
          ],
          (x, y) => x + y,
        );
        expect(first).toEqual(second);
        expect(Array.from(first as Float32Array)).toEqual(expected.values);
        for (const tensor of [a, b, ...sums]) tensor.dispose();
      }),
      { numRuns: slow ? 8 : 40 },
    );
  });

  test("what is refused", () => {
    const a = engine().tensor([1, 2, 3]);
    const i = engine().tensor(Int32Array.of(1, 2, 3));
    expect(() => ops.add(a, i)).toThrow(/add: argument b has dtype i32, expected f32/);
    expect(() => ops.pow(i, i)).toThrow(DTypeError);
    expect(() => ops.add(engine().tensor(Uint8Array.of(1)), engine().tensor(Uint8Array.of(1)))).toThrow(/cast/);
    expect(() => ops.add(a, engine().tensor([1, 2]))).toThrow(ShapeError);
    expect(() => ops.add(a, 2 as unknown as Tensor)).toThrow(InputError);
    expect(() => ops.add(a, a, { out: engine().tensor([1]) })).toThrow(ShapeError);
    expect(() => ops.mod(a, a, { on: "webgpu" })).toThrow(UnsupportedError);
  });
});
