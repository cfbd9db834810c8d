import { describe, expect, test } from "vitest";
import type { GpuCapabilities } from "../../src/backends/webgpu/run.js";
import { foldBatch } from "../../src/ops/matmul/batch.js";
import type { MatmulParams } from "../../src/ops/matmul/params.js";
import { chooseVariant } from "../../src/ops/matmul/webgpu.js";
import { gpuBackend, openFor, type TestBackend } from "../support/engines.js";
import { checkProduct, type ProductCase } from "./matmul-gpu-cases.js";

const tight: TestBackend = {
  ...gpuBackend,
  name: `${gpuBackend.name}, 64 KiB bindings, 7 groups per dimension`,
  options: {
    ...gpuBackend.options,
    webgpu: {
      ...(typeof gpuBackend.options.webgpu === "object" ? gpuBackend.options.webgpu : { software: true }),
      limits: { maxStorageBufferBindingSize: 65536, maxComputeWorkgroupsPerDimension: 7 },
    },
  },
};

describe(`matmul on ${gpuBackend.name}`, () => {
  const engine = openFor(gpuBackend);
  const check = (given: ProductCase) => checkProduct(engine(), given);

  // A shader takes a software adapter a second or more to compile: few variants, each with what it alone decides.
  test("whole quads: several tiles, a part of one, batches", async () => {
    await check({ a: [70, 36], b: [36, 132] });
    await check({ a: [1, 4], b: [4, 4] });
    await check({ a: [2, 3, 8, 4], b: [2, 1, 4, 8] });
    await check({ a: [3, 5, 8], b: [8, 4] });
  });

  test("whole quads transposed, with edges", async () => {
    await check({ a: [20, 68], b: [72, 20], options: { transposeA: true, transposeB: true, activation: "relu" } });
  });

  test("whole quads transposed, whole tiles", async () => {
    const options = { transposeA: true, transposeB: true, bias: true, activation: "gelu" } as const;
    await check({ a: [16, 64], b: [64, 16], options });
    await check({ a: [48, 128], b: [64, 48], options });
  });

  test("any shape, batches, empty extents", async () => {
    await check({ a: [65, 33], b: [33, 67] });
    await check({ a: [1, 1], b: [1, 1] });
    await check({ a: [2, 1, 5, 6], b: [3, 6, 7] });
    await check({ a: [0, 3], b: [3, 5] });
  });

  test.each([
    ["f16", "e4m3", "sigmoid"],
    ["bf16", "u8", "silu"],
  ] as const)("%s times %s, transposed, bias and %s, no terms", async (first, second, activation) => {
    const options = { transposeA: true, transposeB: true, bias: true, activation };
    await check({ a: [35, 7], b: [5, 35], types: [first, second], options });
    await check({ a: [0, 3], b: [5, 0], types: [first, second], options });
  });
});

describe(`matmul on ${tight.name}`, () => {
  const engine = openFor(tight);
  const check = (given: ProductCase) => checkProduct(engine(), given);

  test("rows of a, and matrices of a batch, fall into parts", async () => {
    await check({ a: [300, 61], b: [61, 67] });
    await check({ a: [5, 64, 53], b: [5, 53, 64] });
  });
});

function capabilities(more: Partial<GpuCapabilities>): GpuCapabilities {
  const limits = { maxComputeWorkgroupStorageSize: 32768 } as GpuCapabilities["limits"];
  return {
    software: false,
    f16: false,
    subgroups: false,
    subgroupMinSize: 0,
    subgroupMaxSize: 0,
    timestamps: false,
    subgroupMatrices: [],
    ...more,
    limits,
  };
}

function shaped(m: number, n: number, k: number, more: Partial<MatmulParams> = {}): MatmulParams {
  const types = { a: "f32", b: "f32", result: "f32" } as const;
  return {
    m,
    n,
    k,
    transposeA: false,
    transposeB: false,
    batch: [],
    batchA: [],
    batchB: [],
    types,
    hasBias: false,
    activation: undefined,
    ...more,
  };
}

describe("the shader of a product", () => {
  const half = { a: "f16", b: "f16", result: "f32" } as const;
  const hopper = capabilities({
    f16: true,
    subgroups: true,
    subgroupMinSize: 32,
    subgroupMaxSize: 32,
    subgroupMatrices: [{ componentType: "f16", resultComponentType: "f32", M: 16, N: 16, K: 16 }],
  });
  const plain = capabilities({});

  test.each([
    ["4096^3 fills any GPU with the largest tile", plain, shaped(4096, 4096, 4096), "quads 128x128"],
    ["1024^3 takes smaller tiles", plain, shaped(1024, 1024, 1024), "quads 64x64"],
    ["a row of 1003 is no whole quads", plain, shaped(1024, 1003, 1024), "general 64x64"],
    ["A transposed asks for m, not k", plain, shaped(1024, 1024, 1023, { transposeA: true }), "quads 64x64"],
    ["B transposed asks for k", plain, shaped(1024, 1024, 1022, { transposeB: true }), "general 64x64"],
    ["f16 without the feature", plain, shaped(64, 64, 64, { types: half }), "general 64x64"],
    ["f16 without matrix units", capabilities({ f16: true }), shaped(64, 64, 64, { types: half }), "quads 64x64"],
    ["f16 with them", hopper, shaped(64, 64, 64, { types: half }), "matrix f16"],
    ["f16 in quads but not octets", hopper, shaped(64, 64, 68, { types: half }), "quads 64x64"],
    [
      "subgroups of varying size",
      { ...hopper, subgroupMinSize: 16 },
      shaped(64, 64, 64, { types: half }),
      "quads 64x64",
    ],
  ] as const)("%s", (_, caps, params, name) => {
    expect(chooseVariant(caps, params).name).toBe(name);
  });
});

test("batch axes fold into few loops", () => {
  const fold = (batch: number[], batchA: number[], batchB: number[]) => foldBatch({ batch, batchA, batchB });
  expect(fold([], [], [])).toEqual({ extents: [], stepsA: [], stepsB: [] });
  expect(fold([2, 3, 4], [2, 3, 4], [2, 3, 4])).toEqual({ extents: [24], stepsA: [1], stepsB: [1] });
  expect(fold([2, 3, 4], [2, 3, 4], [4])).toEqual({ extents: [6, 4], stepsA: [4, 1], stepsB: [0, 1] });
  expect(fold([2, 3], [2, 1], [1, 3])).toEqual({ extents: [2, 3], stepsA: [1, 0], stepsB: [0, 1] });
  expect(fold([5, 1, 7], [5, 1, 7], [1, 1, 1])).toEqual({ extents: [35], stepsA: [1], stepsB: [0] });
});
