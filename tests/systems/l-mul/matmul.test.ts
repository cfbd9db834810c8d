import { describe, expect, test } from "vitest";
import { bitsOf, floatOf, lmulMatmulOracle } from "../../../src/oracles/l-mul.js";
import { lmulDot } from "../../../src/systems/l-mul/dot.js";
import { lmulLinear } from "../../../src/systems/l-mul/linear.js";
import { type LMulMatmulOptions, lmulMatmul } from "../../../src/systems/l-mul/matmul.js";
import { productOfCodes, reduceCode } from "../../../src/systems/l-mul/product.js";
import { resolveRule } from "../../../src/systems/l-mul/rule.js";
import { decodeArray, encodeArray, type SmallFloat } from "../../../src/tensor/codecs.js";
import type { DType } from "../../../src/tensor/dtype.js";
import { difference, openTargets, type Target } from "./backends.js";
import { matmulVector, uniform } from "./goldens.js";

const { targets, gpuAbsent } = await openTargets();
test("the software GPU is there", ({ skip }) => skip(gpuAbsent !== undefined, gpuAbsent));

/** Numbers of every kind, by a seed: "normal" keeps clear of zeros, "zeros" has a third of them, "wild" has everything. */
function values(kind: "normal" | "zeros" | "wild", stream: number, count: number): Float32Array {
  const special = [0, -0, 1e-42, 3e38, -3e38, 1e-38, Infinity, Number.NaN, 2 ** -100, 2 ** 100];
  return Float32Array.from({ length: count }, (_, i) => {
    const x = uniform(stream, i) * 4;
    const pick = uniform(stream + 1, i) + 0.5;
    if (kind === "zeros" && pick < 0.3) return pick < 0.15 ? 0 : -0;
    if (kind === "wild" && pick < 0.1) return special[Math.floor(pick * 100)] as number;
    return x;
  });
}

const rounding: Record<string, (sum: number) => number> = {
  bf16: (sum) => decodeArray("bf16", encodeArray("bf16", [sum]))[0]!,
  "e4m3-step": (sum) => decodeArray("e4m3", encodeArray("e4m3", [sum], { saturate: true }))[0]!,
  "e5m2-step": (sum) => decodeArray("e5m2", encodeArray("e5m2", [sum], { saturate: true }))[0]!,
};

function expected(a: Float32Array, b: Float32Array, [m, k, n]: [number, number, number], options: LMulMatmulOptions) {
  const rule = resolveRule("test", ["f32", "f32"], options);
  const reduced = (array: Float32Array) => array.map((x) => floatOf(reduceCode(rule, bitsOf(x))));
  const product = (x: number, y: number) => floatOf(productOfCodes(rule, bitsOf(x), bitsOf(y)));
  return lmulMatmulOracle([reduced(a), reduced(b)], [m, k, n], product, rounding[options.accumulate ?? ""]);
}

const transposed = (x: Float32Array, rows: number, columns: number): Float32Array =>
  x.map((_, i) => x[(i % rows) * columns + Math.floor(i / rows)]!);

/** On the CPU every bit; on the GPU within the bound, and special values where they belong. */
async function check(
  target: Target,
  shape: [number, number, number],
  kind: Parameters<typeof values>[0],
  options: LMulMatmulOptions = {},
) {
  const [m, k, n] = shape;
  const a = values(kind, 11, m * k);
  const b = values(kind, 57, k * n);
  const left = target.engine.tensor(options.transposeA ? transposed(a, m, k) : a, {
    shape: options.transposeA ? [k, m] : [m, k],
  });
  const right = target.engine.tensor(options.transposeB ? transposed(b, k, n) : b, {
    shape: options.transposeB ? [n, k] : [k, n],
  });
  const result = lmulMatmul(left, right, { ...options, on: target.on });
  const actual = (await result.data()) as Float32Array;
  const { values: oracle, magnitude } = expected(a, b, shape, options);
  const isExact = target.on === "wasm" || options.accumulate?.endsWith("-step") || options.accumulate === "bf16";
  if (isExact) expect(difference(actual, oracle)).toBeUndefined();
  else {
    const wrong = [...actual].findIndex((x, i) => {
      const y = oracle[i]!;
      return Number.isFinite(y) ? !(Math.abs(x - y) <= 2 ** -23 * k * magnitude[i]!) : !Object.is(x, y);
    });
    expect(wrong < 0 ? "" : `[${wrong}] is ${actual[wrong]}, expected ${oracle[wrong]}`).toBe("");
  }
  for (const tensor of [left, right, result]) tensor.dispose();
}

describe.each(targets)("$name", (target) => {
  test("the published 3x4 by 4x2 product", async () => {
    const { values: exact } = lmulMatmulOracle([matmulVector.a, matmulVector.b], [3, 4, 2], (x, y) => x * y);
    matmulVector.exact.forEach((x, i) => {
      expect(exact[i]).toBeCloseTo(x, 5);
    });
    const a = target.engine.tensor(matmulVector.a, { shape: [3, 4] });
    const b = target.engine.tensor(matmulVector.b, { shape: [4, 2] });
    const bits = new Uint32Array((await lmulMatmul(a, b, { on: target.on }).bits()).buffer);
    expect([...bits]).toEqual(matmulVector.bits);
    for (const [k, printed] of [
      [3, matmulVector.trunc3],
      [2, matmulVector.trunc2],
    ] as const) {
      const data = await lmulMatmul(a, b, { k, on: target.on }).data();
      [...data].forEach((x, i) => {
        expect(x).toBeCloseTo(printed[i]!, 6);
      });
    }
  });

  const edges: [number, number, number][] = [
    [1, 1, 1],
    [4, 256, 8],
    [5, 257, 9],
    [3, 7, 17],
    [64, 3, 64],
    [65, 16, 65],
    [7, 300, 1],
    [1, 600, 33],
    [70, 33, 20],
  ];
  for (const kind of ["normal", "zeros", "wild"] as const) {
    test.each(edges)(`${kind}: %d x %d x %d`, (m, k, n) => check(target, [m, k, n], kind));
  }

  test.each([
    { transposeA: true },
    { transposeB: true },
    { transposeA: true, transposeB: true },
    { special: "raw" },
    { special: "raw", transposeB: true, k: 3 },
    { k: 4 },
    { k: 5, mantissa: "rne" },
    { form: "linear" },
    { table: 3 },
    { offset: 0.0548 },
    { saturate: true },
    { accumulate: "bf16" },
    { accumulate: "e4m3-step", k: 3 },
    { accumulate: "e5m2-step", k: 2 },
  ] as LMulMatmulOptions[])("%o", async (options) => {
    for (const kind of ["normal", "zeros", "wild"] as const) await check(target, [9, 70, 13], kind, options);
  });

  test.each(["e4m3", "e5m2"] as const)("%s-out rounds once, at the end", async (format) => {
    const [m, k, n] = [5, 40, 6];
    const [a, b] = [values("normal", 3, m * k), values("normal", 5, k * n)];
    const tensors = [target.engine.tensor(a, { shape: [m, k] }), target.engine.tensor(b, { shape: [k, n] })] as const;
    const whole = (await lmulMatmul(...tensors, { on: target.on }).data()) as Float32Array;
    const rounded = await lmulMatmul(...tensors, { accumulate: `${format}-out`, on: target.on }).data();
    expect(difference(rounded, decodeArray(format, encodeArray(format, whole, { saturate: true })))).toBeUndefined();
  });

  test.each([
    ["bf16", "bf16", {}],
    ["f16", "f32", {}],
    ["e4m3", "e4m3", {}],
    ["e5m2", "e4m3", {}],
    ["e4m3", "e4m3", { fp8Path: "native8" }],
    ["e5m2", "e5m2", { fp8Path: "native8", special: "raw" }],
  ] as [DType, DType, LMulMatmulOptions][])("%s by %s, %o", async (dtypeA, dtypeB, options) => {
    const [m, k, n] = [6, 19, 10];
    const stored = (dtype: DType, x: Float32Array, shape: number[]) =>
      dtype === "f32"
        ? target.engine.tensor(x, { shape })
        : target.engine.fromBits(encodeArray(dtype as SmallFloat, x), { shape, dtype });
    const left = stored(dtypeA, values("zeros", 21, m * k), [m, k]);
    const right = stored(dtypeB, values("normal", 23, k * n), [k, n]);
    const rule = resolveRule("test", [dtypeA, dtypeB], options);
    const isNative = options.fp8Path === "native8";
    const codes = async (tensor: typeof left) =>
      isNative ? [...((await tensor.bits()) as Uint8Array)] : [...(await tensor.data())].map(bitsOf);
    const [x, y] = [await codes(left), await codes(right)];
    const product = (p: number, q: number) => {
      const code = productOfCodes(rule, reduceCode(rule, p), reduceCode(rule, q));
      return isNative ? decodeArray(dtypeA as SmallFloat, [code])[0]! : floatOf(code);
    };
    const { values: oracle } = lmulMatmulOracle([x, y], [m, k, n], product);
    expect(difference(await lmulMatmul(left, right, { ...options, on: target.on }).data(), oracle)).toBeUndefined();
  });

  test("batches broadcast, and each product is that of its matrices", async () => {
    const { engine, on } = target;
    const a = engine.tensor(values("normal", 1, 3 * 1 * 4 * 5), { shape: [3, 1, 4, 5] });
    const b = engine.tensor(values("normal", 2, 2 * 5 * 6), { shape: [2, 5, 6] });
    const result = lmulMatmul(a, b, { on });
    expect(result.shape).toEqual([3, 2, 4, 6]);
    const data = await result.data();
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 2; j++) {
        const single = lmulMatmul(a.rows(i, i + 1).reshape([4, 5]), b.rows(j, j + 1).reshape([5, 6]), { on });
        const at = (i * 2 + j) * 24;
        expect(difference(data.slice(at, at + 24), await single.data())).toBeUndefined();
      }
    }
  });

  test("linear layers add their bias with ordinary additions", async () => {
    const { engine, on } = target;
    const x = engine.tensor(values("normal", 1, 2 * 3 * 5), { shape: [2, 3, 5] });
    const weight = engine.tensor(values("normal", 2, 7 * 5), { shape: [7, 5] });
    const bias = engine.tensor(values("normal", 3, 7), { shape: [7] });
    const plain = await lmulLinear(x, weight, { on }).data();
    const y = lmulLinear(x, weight, { bias, on });
    expect(y.shape).toEqual([2, 3, 7]);
    const shift = await bias.data();
    expect(
      difference(
        await y.data(),
        plain.map((v, i) => v + shift[i % 7]!),
      ),
    ).toBeUndefined();
  });

  test("dot products, and inner dimensions of nothing", async () => {
    const { engine, on } = target;
    const [a, b] = [values("zeros", 1, 1000), values("normal", 2, 1000)];
    const dot = lmulDot(engine.tensor(a), engine.tensor(b), { on });
    expect(dot.shape).toEqual([]);
    expect(await dot.item()).toBe(expected(a, b, [1, 1000, 1], {}).values[0]);
    const none = lmulMatmul(engine.tensor([], { shape: [2, 0] }), engine.tensor([], { shape: [0, 3] }), { on });
    expect([...(await none.data())]).toEqual([0, 0, 0, 0, 0, 0]);
    expect((await lmulMatmul(engine.tensor([], { shape: [0, 2] }), none, { on }).data()).length).toBe(0);
  });
});
