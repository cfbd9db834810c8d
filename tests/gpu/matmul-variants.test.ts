/** The variants that no software adapter has: f16 operands, matrix units, and the tile of large products. */
import { describe, expect, test } from "vitest";
import { checkProduct, type ProductCase } from "../ops/matmul-gpu-cases.js";
import { gpuBackend, openFor } from "../support/engines.js";

describe(`matmul on ${gpuBackend.name}`, () => {
  const engine = openFor(gpuBackend);
  const expectVariant = async (variant: string, given: ProductCase) =>
    expect(await checkProduct(engine(), given)).toBe(variant);

  test("whole tiles of 128 x 128, transposed or not", async () => {
    // Enough tiles to be chosen, and no more terms than one step.
    for (const [transposeA, transposeB] of [
      [false, false],
      [true, true],
    ] as const) {
      const [a, b] = [transposeA ? [16, 2944] : [2944, 16], transposeB ? [3072, 16] : [16, 3072]];
      await expectVariant("quads 128x128", { a, b, options: { transposeA, transposeB, bias: true } });
    }
  });

  test("edges of tiles of 64 x 128", async () => {
    await expectVariant("quads 64x128", { a: [1030, 20], b: [20, 2052], options: { activation: "silu" } });
  });

  test("f16 by quads, alone and with f32", async ({ skip }) => {
    skip(!engine().gpu?.caps.f16, "the adapter has no f16");
    for (const types of [
      ["f16", "f16"],
      ["f16", "f32"],
      ["f32", "f16"],
    ] as const) {
      for (const transposed of [false, true]) {
        const [a, b] = transposed
          ? [
              [36, 68],
              [132, 36],
            ]
          : [
              [68, 36],
              [36, 132],
            ];
        const options = { transposeA: transposed, transposeB: transposed, bias: true };
        await expectVariant("quads 64x64", { a: a!, b: b!, types: [...types], options });
      }
    }
  });

  const orientations = [
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ] as const;
  test.for(orientations)(
    "matrix units, A transposed: $0, B transposed: $1",
    async ([transposeA, transposeB], { skip }) => {
      skip(!engine().gpu?.caps.subgroupMatrices.length, "the adapter has no matrix units");
      for (const [m, k, n] of [
        [128, 32, 128],
        [8, 8, 8],
        [120, 40, 136],
        [264, 104, 248],
        [256, 512, 384],
      ] as const) {
        const [a, b] = [transposeA ? [k, m] : [m, k], transposeB ? [n, k] : [k, n]];
        const options = { transposeA, transposeB, bias: true, activation: "gelu" } as const;
        await expectVariant("matrix f16", { a, b, types: ["f16", "f16"], options });
      }
      await expectVariant("matrix f16", {
        a: transposeA ? [3, 40, 24] : [3, 24, 40],
        b: transposeB ? [16, 40] : [40, 16],
        types: ["f16", "f16"],
        options: { transposeA, transposeB },
      });
    },
  );
});
