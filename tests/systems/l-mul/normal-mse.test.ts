/**
 * Section 6 of the reference sheet for L-Mul, row "Reproducible stand-in": products of independent N(0, 1) numbers, mean
 * squared error over that of E4M3 multiplication. At least 2^22 pairs, 3 %.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEngine } from "../../../src/create-engine.js";
import type { Engine } from "../../../src/engine/engine.js";
import { lmul } from "../../../src/systems/l-mul/lmul.js";
import type { LMulOptions } from "../../../src/systems/l-mul/options.js";
import { normalMse } from "../../../src/systems/l-mul/published.js";
import { decodeArray, encodeArray } from "../../../src/tensor/codecs.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { uniform } from "./goldens.js";

const pairs = 2 ** 22;
const tolerance = 0.03;
/** Two independent normal numbers from two uniform ones (Box and Muller 1958). */
const values = [new Float32Array(pairs), new Float32Array(pairs)] as const;
for (let i = 0; i < pairs; i++) {
  const radius = Math.sqrt(-2 * Math.log(uniform(0, 2 * i) + 0.5 + 2 ** -33));
  const angle = 2 * Math.PI * uniform(0, 2 * i + 1);
  values[0][i] = radius * Math.cos(angle);
  values[1][i] = radius * Math.sin(angle);
}

function meanSquaredError(product: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < pairs; i++) sum += (product(i) - (values[0][i] as number) * (values[1][i] as number)) ** 2;
  return sum / pairs;
}

function multiplied(format: "e4m3" | "e5m2"): number {
  const [a, b] = values.map((x) => decodeArray(format, encodeArray(format, x))) as [Float32Array, Float32Array];
  return meanSquaredError((i) => (a[i] as number) * (b[i] as number));
}

describe("mean squared error of products of normal numbers", () => {
  let engine: Engine;
  let tensors: [Tensor, Tensor];
  let unit: number;
  beforeAll(async () => {
    engine = await createEngine({ webgpu: false });
    tensors = [engine.tensor(values[0]), engine.tensor(values[1])];
    unit = multiplied("e4m3");
  });
  afterAll(() => engine.destroy());

  async function ratio(options: LMulOptions): Promise<number> {
    const result = lmul(...tensors, { ...options, on: "wasm" });
    const products = await result.data();
    result.dispose();
    return meanSquaredError((i) => products[i] as number) / unit;
  }
  const within = (actual: number, expected: number) => expect(Math.abs(actual / expected - 1)).toBeLessThan(tolerance);

  test("of E4M3 and E5M2", () => {
    within(unit, normalMse.e4m3);
    within(multiplied("e5m2") / unit, normalMse.e5m2Ratio);
  });

  test.each([7, 6, 5, 4, 3, 2] as const)("of L-Mul, k = %d: truncated with every l, rounded with l = 4", async (k) => {
    for (const [i, l] of normalMse.columns.entries())
      within(await ratio({ k, l }), normalMse.truncated[k][i] as number);
    within(await ratio({ k, mantissa: "rne" }), normalMse.rounded[k]);
  });

  test("four bits beat E4M3, three beat E5M2, two do not", async () => {
    expect(await ratio({ k: 4 })).toBeLessThan(1);
    expect(await ratio({ k: 3 })).toBeLessThan(normalMse.e5m2Ratio);
    expect(await ratio({ k: 2 })).toBeGreaterThan(normalMse.e5m2Ratio);
  });
});
