import { describe, expect, test } from "vitest";
import { bitsOf, lmulMatmulOracle, lmulOracle, lmulProduct, paperRule, reduceOracle } from "../../src/oracles/l-mul.js";
import { lmulVectors, operandVectors, xorshiftPairs } from "../systems/l-mul/goldens.js";

const raw = { ...paperRule, special: "raw" as const };

describe("the oracle against the published vectors", () => {
  test.each(lmulVectors)("%s * %s", (a, b, rawBits, safeBits) => {
    expect(lmulOracle(raw, Number(`0x${a}`), Number(`0x${b}`)).toString(16)).toBe(Number(`0x${rawBits}`).toString(16));
    expect(lmulOracle(paperRule, Number(`0x${a}`), Number(`0x${b}`)).toString(16)).toBe(
      Number(`0x${safeBits ?? rawBits}`).toString(16),
    );
  });

  test.each([
    ["raw", raw, 0x8edaf721, 0x2417c20b],
    ["safe", paperRule, 0xb0748782, 0x7bea97c4],
  ] as const)("65536 pseudo-random pairs, %s", (_, rule, xor, sum) => {
    let x = 0;
    let s = 0;
    for (const [a, b] of xorshiftPairs()) {
      const r = lmulOracle(rule, a, b);
      x ^= r;
      s = (s + r) >>> 0;
    }
    expect([x >>> 0, s]).toEqual([xor, sum]);
  });

  test.each(operandVectors)("%d kept to %d bits", (x, k, truncated, rounded) => {
    expect(reduceOracle({ ...paperRule, k }, bitsOf(x))).toBe(truncated);
    expect(reduceOracle({ ...paperRule, k, mantissa: "rne" }, bitsOf(x))).toBe(rounded);
  });

  test("the worst cases of the carry form: +1/16 at powers of two, -161/2209 at 47/32", () => {
    const product = lmulProduct(paperRule);
    expect(product(2, 8) / 16).toBe(1 + 1 / 16);
    expect(product(47 / 32, 47 / 32) / (47 / 32) ** 2).toBeCloseTo(1 - 161 / 2209, 15);
  });

  test("a matmul sums in ascending k", () => {
    const { values, magnitude } = lmulMatmulOracle(
      [
        [3, 3, 3],
        [1, 1, -1],
      ],
      [1, 3, 1],
      (a, b) => a * b,
    );
    expect([values[0], magnitude[0]]).toEqual([3, 9]);
  });
});
