import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bitsOf } from "../../../src/oracles/l-mul.js";
import { lmul } from "../../../src/systems/l-mul/lmul.js";
import type { LMulOptions } from "../../../src/systems/l-mul/options.js";
import { productOfCodes, reduceCode } from "../../../src/systems/l-mul/product.js";
import { resolveRule } from "../../../src/systems/l-mul/rule.js";
import type { DType } from "../../../src/tensor/dtype.js";
import { difference, openTargets, type Target } from "./backends.js";
import { bulk, byteTables, lmulVectors, xorshiftPairs } from "./goldens.js";

const { targets, gpuAbsent } = await openTargets();
test("the software GPU is there", ({ skip }) => skip(gpuAbsent !== undefined, gpuAbsent));

const pairs = xorshiftPairs(65536);
const patterns = [0, 1].map((side) => new Float32Array(Uint32Array.from(pairs, (pair) => pair[side]!).buffer));

async function bitsOfProduct(target: Target, options: LMulOptions): Promise<Uint32Array> {
  const [a, b] = patterns.map((values) => target.engine.fromBits(values, { shape: [values.length], dtype: "f32" }));
  const result = lmul(a!, b!, { ...options, on: target.on });
  return new Uint32Array((await result.bits()).buffer);
}

const variants: LMulOptions[] = [
  {},
  { special: "raw" },
  { saturate: true },
  { k: 3 },
  { k: 4, mantissa: "rne" },
  { form: "linear" },
  { form: "linear", special: "raw", l: 0 },
  { offset: 0 },
  { table: 3 },
  { table: 4, form: "linear", k: 6, mantissa: "rne" },
  { table: 2, special: "raw", k: 2 },
];

describe.each(targets)("$name", (target) => {
  test("the published single products", async () => {
    const operand = (side: 0 | 1) => {
      const bits = Uint32Array.from(lmulVectors, (row) => Number(`0x${row[side]}`));
      return target.engine.fromBits(new Float32Array(bits.buffer), { shape: [bits.length], dtype: "f32" });
    };
    const [a, b] = [operand(0), operand(1)];
    for (const special of ["raw", "safe"] as const) {
      const bits = new Uint32Array((await lmul(a, b, { special, on: target.on }).bits()).buffer);
      const expected = lmulVectors.map(([, , raw, safe = raw]) => Number(`0x${special === "raw" ? raw : safe}`));
      expect(difference(bits, expected)).toBeUndefined();
    }
  });

  test("the published pseudo-random pairs", async () => {
    for (const special of ["raw", "safe"] as const) {
      const bits = await bitsOfProduct(target, { special });
      expect(bits.reduce((x, r) => (x ^ r) >>> 0, 0)).toBe(bulk[special].xor);
      expect(bits.reduce((s, r) => (s + r) >>> 0, 0)).toBe(bulk[special].sum);
    }
  });

  test.each(variants)("every bit of 65536 pairs, %o", async (options) => {
    const rule = resolveRule("test", ["f32", "f32"], options);
    const expected = pairs.map(([a, b]) => productOfCodes(rule, reduceCode(rule, a), reduceCode(rule, b)));
    expect(difference(await bitsOfProduct(target, options), expected)).toBeUndefined();
  });

  test.each([
    ["e4m3", {}],
    ["e4m3", { saturate: false, form: "linear" }],
    ["e4m3", { special: "raw", k: 2 }],
    ["e4m3", { k: 1, mantissa: "rne", saturate: false }],
    ["e4m3", { table: 3 }],
    ["e5m2", {}],
    ["e5m2", { saturate: false }],
    ["e5m2", { k: 1, mantissa: "rne", form: "linear" }],
  ] as [DType, LMulOptions][])("the whole table of native %s products, %o", async (dtype, options) => {
    const codes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const a = target.engine.fromBits(codes, { shape: [256, 1], dtype });
    const b = target.engine.fromBits(codes, { shape: [1, 256], dtype });
    const result = lmul(a, b, { ...options, fp8Path: "native8", on: target.on });
    const table = (await result.bits()) as Uint8Array;
    const rule = resolveRule("test", [dtype, dtype], { ...options, fp8Path: "native8" });
    const expected = table.map((_, i) => productOfCodes(rule, reduceCode(rule, i >> 8), reduceCode(rule, i & 255)));
    expect(difference(table, expected)).toBeUndefined();
    if (dtype === "e4m3" && Object.keys(options).length === 0) {
      expect(createHash("sha256").update(table).digest("hex")).toBe(byteTables.native.sha256);
    }
  });

  test.each([
    ["bf16", "f16"],
    ["e4m3", "e5m2"],
    ["f32", "e4m3"],
    ["f16", "f32"],
    ["e5m2", "bf16"],
  ] as DType[][])("%s by %s in an f32 container", async (dtypeA, dtypeB) => {
    const tensorOf = (dtype: DType) => {
      const size = dtype === "f32" ? 4 : dtype.endsWith("16") ? 2 : 1;
      const bytes = Uint8Array.from({ length: 1024 * size }, (_, i) => (Math.imul(i + size, 0x9e3779b1) >>> 13) & 255);
      const array = size === 4 ? Float32Array : size === 2 ? Uint16Array : Uint8Array;
      return target.engine.fromBits(new array(bytes.buffer), { shape: [1024], dtype });
    };
    const [a, b] = [tensorOf(dtypeA!), tensorOf(dtypeB!)];
    const rule = resolveRule("test", [dtypeA!, dtypeB!]);
    const [x, y] = [await a.data(), await b.data()].map((values) =>
      [...values].map((v) => reduceCode(rule, bitsOf(v))),
    );
    const bits = new Uint32Array((await lmul(a, b, { on: target.on }).bits()).buffer);
    expect(
      difference(
        bits,
        x!.map((p, i) => productOfCodes(rule, p, y![i]!)),
      ),
    ).toBeUndefined();
  });

  test("shapes broadcast as in NumPy", async () => {
    const extent = fc.constantFrom(1, 2, 3, 5);
    const shapes = fc.array(fc.tuple(extent, fc.boolean(), fc.boolean()), { maxLength: 4 }).map((axes) => ({
      shape: axes.map(([n]) => n),
      a: axes.map(([n, one]) => (one ? 1 : n)),
      b: axes.map(([n, , one]) => (one ? 1 : n)).slice(axes[0]?.[2] ? 1 : 0),
    }));
    await fc.assert(
      fc.asyncProperty(shapes, async ({ a, b }) => {
        const size = (shape: number[]) => shape.reduce((n, m) => n * m, 1);
        const values = (shape: number[], from: number) =>
          Float32Array.from({ length: size(shape) }, (_, i) => from + i);
        const x = target.engine.tensor(values(a, 1), { shape: a });
        const y = target.engine.tensor(values(b, 100), { shape: b });
        const result = lmul(x, y, { on: target.on });
        const data = await result.data();
        const rule = resolveRule("test", ["f32", "f32"]);
        const at = (flat: number, shape: readonly number[]) => {
          let [rest, stride, index] = [flat, 1, 0];
          for (let axis = result.shape.length - 1; axis >= 0; axis--) {
            const own = shape[axis - (result.shape.length - shape.length)] ?? 1;
            index += own === 1 ? 0 : stride * (rest % result.shape[axis]!);
            stride *= own;
            rest = Math.floor(rest / result.shape[axis]!);
          }
          return index;
        };
        for (let i = 0; i < data.length; i++) {
          expect(bitsOf(data[i]!)).toBe(productOfCodes(rule, bitsOf(1 + at(i, a)), bitsOf(100 + at(i, b))));
        }
        for (const tensor of [x, y, result]) tensor.dispose();
      }),
      { numRuns: target.on === "webgpu" ? 15 : 60 },
    );
  });

  test.each([1, 2, 7, 8, 9, 29])("one number times %d, on either side, cut to bits or not", async (size) => {
    const { engine, on } = target;
    const many = Float32Array.from({ length: size }, (_, i) => [i - 3.7, 0, 1e38, 1e-30, Number.NaN][i % 5]!);
    for (const one of [3.3, -0, 1e-20, Infinity]) {
      for (const options of [{}, { k: 4 }, { k: 4, mantissa: "rne" as const }, { special: "raw" as const }]) {
        const rule = resolveRule("test", ["f32", "f32"], options);
        const reduced = (x: number) => reduceCode(rule, bitsOf(x));
        const expected = Array.from(many, (x) => productOfCodes(rule, reduced(x), reduced(one)));
        const [a, b] = [engine.tensor(many), engine.tensor([one])];
        for (const operands of [[a, b] as const, [b, a] as const]) {
          const result = lmul(...operands, { ...options, on });
          expect(difference(new Uint32Array((await result.bits()).buffer), expected)).toBeUndefined();
          result.dispose();
        }
        a.dispose();
        b.dispose();
      }
    }
  });

  test("empty tensors stay empty, and out may be an operand", async () => {
    const { engine, on } = target;
    expect((await lmul(engine.tensor([], { shape: [0, 3] }), engine.tensor([1, 2, 3]), { on }).data()).length).toBe(0);
    const a = engine.tensor([5, 3, -2, 1, 0]);
    expect(lmul(a, a, { out: a, on })).toBe(a);
    expect([...(await a.data())]).toEqual([25, 8.5, 4.25, 1.0625, 0]);
  });
});
