import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { lmulAttentionOracle, relativeFrobenius } from "../../../src/oracles/l-mul-attention.js";
import { baselineAttention, baselineMatmul, fp8Multiply, quantize } from "../../../src/systems/l-mul/baseline.js";
import { attentionError } from "../../../src/systems/l-mul/published.js";
import { decodeTable, encodeE4M3, encodeE5M2 } from "../../../src/tensor/codecs.js";
import { difference, openTargets } from "./backends.js";
import { byteTables, nearNormal } from "./goldens.js";

const { targets, gpuAbsent } = await openTargets();
test("the software GPU is there", ({ skip }) => skip(gpuAbsent !== undefined, gpuAbsent));

describe.each(targets)("$name", ({ engine, on }) => {
  test.each(["e4m3", "e5m2"] as const)("the whole table of %s products", async (dtype) => {
    const codes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const a = engine.fromBits(codes, { shape: [256, 1], dtype });
    const b = engine.fromBits(codes, { shape: [256], dtype });
    const encode = dtype === "e4m3" ? encodeE4M3 : encodeE5M2;
    const values = decodeTable(dtype);
    for (const saturate of [true, false]) {
      const table = (await fp8Multiply(a, b, { saturate, on }).bits()) as Uint8Array;
      const nan = encode(Number.NaN);
      const expected = table.map((_, i) => {
        const code = encode(values[i >> 8]! * values[i & 255]!, { saturate });
        return (code & 127) === nan ? nan : code;
      });
      expect(difference(table, expected)).toBeUndefined();
      if (dtype === "e4m3" && saturate) {
        expect(table.reduce((sum, byte) => sum + byte, 0)).toBe(byteTables.multiply.sum);
        expect(createHash("sha256").update(table).digest("hex")).toBe(byteTables.multiply.sha256);
      }
    }
  });

  test("matrix products of 8-bit operands are exact products in f32 sums", async () => {
    const [a, b] = await Promise.all(
      [1, 2].map(async (s) => quantize(engine.tensor(nearNormal(s, 40), { shape: [5, 8] }), "e4m3")),
    );
    const c = baselineMatmul(a!.tensor, b!.tensor, { transposeB: true, on });
    const [x, y] = [await a!.tensor.data(), await b!.tensor.data()];
    const expected = Float32Array.from({ length: 25 }, (_, i) => {
      let sum = 0;
      for (let p = 0; p < 8; p++) sum = Math.fround(sum + x[Math.floor(i / 5) * 8 + p]! * y[(i % 5) * 8 + p]!);
      return sum;
    });
    expect(difference(await c.data(), expected)).toBeUndefined();
  });

  test("attention over the published case: E4M3, E5M2 and bf16 operands and weights", async () => {
    const [q, k, v] = [nearNormal(100, 2048), nearNormal(101, 2048), nearNormal(102, 2048)];
    const sizes = { rows: 64, keys: 64, d: 32, dv: 32 };
    const exact = lmulAttentionOracle({ q, k, v, ...sizes, product: (x, y) => x * y }).values;
    const wide = [q, k, v].map((x) => engine.tensor(x, { shape: [1, 64, 1, 32] }));
    for (const dtype of ["e4m3", "e5m2", "bf16"] as const) {
      const [a, b, c] = await Promise.all(wide.map((x) => quantize(x, dtype)));
      const out = await baselineAttention(a!.tensor, b!.tensor, c!.tensor, { on }).data();
      expect(Math.abs(relativeFrobenius(out, exact) / attentionError[dtype] - 1)).toBeLessThan(
        dtype === "bf16" ? 0.05 : 0.02,
      );
    }
  });
});

describe("quantize", () => {
  const engine = targets[0]!.engine;

  test("scales the largest magnitude to the largest value", async () => {
    const { tensor, scale } = await quantize(engine.tensor([1, -2, 0.5]), "e4m3", { scaling: "amax" });
    expect([scale, ...(await tensor.data())]).toEqual([224, 224, -448, 112]);
    const zeros = await quantize(engine.tensor([0, 0]), "e5m2", { scaling: "amax" });
    expect(zeros.scale).toBe(1);
    expect([...(await (await quantize(engine.tensor([1e9]), "e4m3")).tensor.data())]).toEqual([448]);
  });

  test("bad arguments name themselves", async () => {
    await expect(quantize(engine.tensor([1]), "f32" as "f16")).rejects.toThrow(/argument dtype is f32/);
    await expect(quantize(engine.tensor([1]), "f16", { scaling: "x" as "none" })).rejects.toThrow(/argument scaling/);
    await expect(quantize(engine.tensor(Int32Array.of(1)), "f16")).rejects.toThrow(/argument x has dtype i32/);
  });
});
