import { describe, expect, test } from "vitest";
import { lmulAttention } from "../../../src/systems/l-mul/attention.js";
import { lmulDot } from "../../../src/systems/l-mul/dot.js";
import { lmulLinear } from "../../../src/systems/l-mul/linear.js";
import { lmul } from "../../../src/systems/l-mul/lmul.js";
import { lmulMatmul } from "../../../src/systems/l-mul/matmul.js";
import { countZeros, rawZeros } from "../../../src/systems/l-mul/raw-zeros.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { openTargets } from "./backends.js";

const { targets } = await openTargets();

describe.each(targets.filter(({ on }) => on === "wasm"))("$name", ({ engine, on }) => {
  const counted = async (call: () => Tensor): Promise<number> => {
    const before = rawZeros(engine);
    await call().data();
    return rawZeros(engine) - before;
  };
  const raw = { special: "raw", on } as const;

  test("zeros and subnormal numbers of either operand count, others do not", async () => {
    const a = engine.tensor([0, 1, -0, 1e-40, Number.NaN, Infinity, 2 ** -126]);
    const b = engine.tensor([1, 2, 3, 4, 5, 6, 0]);
    expect(await counted(() => lmul(a, b, raw))).toBe(4);
    expect(await counted(() => lmul(a, b, { on }))).toBe(0);
  });

  test("operands of 8 bits count as their values in a container, as they are stored without one", async () => {
    // 0, the least subnormal number, 1, and each negative.
    const codes = engine.fromBits(Uint8Array.of(0x00, 0x01, 0x38, 0x80, 0x81, 0xb8), { shape: [6], dtype: "e4m3" });
    expect(await counted(() => lmul(codes, codes, raw))).toBe(4);
    expect(await counted(() => lmul(codes, codes, { ...raw, fp8Path: "native8" }))).toBe(8);
  });

  test("every operation that sums products counts too", async () => {
    const x = engine.tensor([1, 0, 2, 3, 4, 0], { shape: [2, 3] });
    expect(await counted(() => lmulMatmul(x, x, { ...raw, transposeB: true }))).toBe(4);
    expect(await counted(() => lmulLinear(x, x, raw))).toBe(4);
    const flat = x.reshape([6]);
    expect(await counted(() => lmulDot(flat, flat, raw))).toBe(4);
    const heads = x.reshape([1, 2, 1, 3]);
    expect(await counted(() => lmulAttention(heads, heads, heads, raw))).toBe(6);
  });
});

test.each(targets)("countZeros asks a tensor itself, on $name", async ({ engine, on }) => {
  const a = engine.tensor([1, 0, 3]);
  expect(await countZeros(lmul(a, a, { on }))).toBe(1);
  expect(await countZeros(engine.fromBits(Uint16Array.of(0x3ff, 0x400, 0x8000), { shape: [3], dtype: "f16" }))).toBe(2);
  await expect(countZeros(3 as never)).rejects.toThrow(/countZeros: argument x must be a Tensor/);
});
