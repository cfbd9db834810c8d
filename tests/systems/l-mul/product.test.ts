import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lmulOracle, type OracleRule, reduceOracle } from "../../../src/oracles/l-mul.js";
import { f32Bits, lmulNumber, productOfCodes, reduceCode } from "../../../src/systems/l-mul/product.js";
import { type Rule, resolveRule } from "../../../src/systems/l-mul/rule.js";
import { floatFormats } from "../../../src/tensor/codecs.js";
import { bulk, byteTables, lmulVectors, operandVectors, xorshiftPairs } from "./goldens.js";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const hex = (bits: number): string => bits.toString(16).padStart(8, "0");

/** The oracle's rule of the same meaning, stated in values. */
function oracleRule(rule: Rule): OracleRule {
  const one = 2 ** rule.format.mantissaBits;
  const constant = rule.format.bias - rule.offset / one;
  const { table } = rule;
  if (!table) return { ...rule, constant };
  const cell = (m: number): number => Math.floor(m * 2 ** table.bits);
  return { ...rule, constant: (x, y) => (table.corrections[cell(x) * 2 ** table.bits + cell(y)] as number) / one };
}

const multiply = (rule: Rule, a: number, b: number): number =>
  productOfCodes(rule, reduceCode(rule, a), reduceCode(rule, b));

describe("products in f32", () => {
  const safe = resolveRule("test", ["f32", "f32"]);
  const raw = resolveRule("test", ["f32", "f32"], { special: "raw" });

  test("the constant of the paper", () => expect(safe.offset).toBe(0x3f780000));

  test.each(lmulVectors)("%s * %s", (a, b, rawBits, safeBits = rawBits) => {
    const [x, y] = [Number(`0x${a}`), Number(`0x${b}`)];
    expect(hex(multiply(raw, x, y))).toBe(rawBits.toLowerCase());
    expect(hex(multiply(safe, x, y))).toBe(safeBits.toLowerCase());
  });

  test("65536 pseudo-random pairs: NaN, infinities and zeros as published", () => {
    expect(xorshiftPairs(1)).toEqual([bulk.firstPair]);
    const results = xorshiftPairs().map(([a, b]) => multiply(safe, a, b));
    const count = (is: (magnitude: number) => boolean): number => results.filter((r) => is(r & 0x7fffffff)).length;
    expect([count((m) => m > 0x7f800000), count((m) => m === 0x7f800000), count((m) => m === 0)]).toEqual([
      bulk.safe.nan,
      bulk.safe.infinite,
      bulk.safe.zero,
    ]);
  });

  test.each(operandVectors)("%d kept to %d bits", (x, k, truncated, rounded) => {
    expect(reduceCode({ ...safe, k }, f32Bits(x))).toBe(truncated);
    expect(reduceCode({ ...safe, k, mantissa: "rne" }, f32Bits(x))).toBe(rounded);
  });

  test("a NaN never becomes infinite, the largest finite may", () => {
    const rounded: Rule = { ...safe, k: 3, mantissa: "rne" };
    expect(reduceCode({ ...safe, k: 3 }, 0x7f800001)).toBe(0x7f800001);
    expect(reduceCode(rounded, 0x7f7fffff)).toBe(0x7f800000);
  });

  test("numbers", () => {
    expect([lmulNumber(5, 5), lmulNumber(3, 4), lmulNumber(-2, 3), lmulNumber(1, 1)]).toEqual([
      25, 12.5, -6.25, 1.0625,
    ]);
    expect(lmulNumber(0, Infinity)).toBeNaN();
    expect(lmulNumber(3e38, 3e38, { saturate: true })).toBe(3.4028234663852886e38);
  });
});

describe("products of 8-bit codes", () => {
  const tableOf = (rule: Rule): Uint8Array =>
    Uint8Array.from({ length: 65536 }, (_, i) => multiply(rule, i >> 8, i & 255));

  test("the whole E4M3 table", () => {
    const table = tableOf(resolveRule("test", ["e4m3", "e4m3"], { fp8Path: "native8" }));
    expect(table.reduce((sum, byte) => sum + byte, 0)).toBe(byteTables.native.sum);
    expect(sha256(table)).toBe(byteTables.native.sha256);
    expect([table[0x3838], table[0x3c3c]]).toEqual([0x39, 0x41]);
  });

  test("E5M2", () => {
    const table = tableOf(resolveRule("test", ["e5m2", "e5m2"], { fp8Path: "native8" }));
    expect([table[0x3838], table[0x3c3c]]).toEqual([0x35, 0x3d]);
  });
});

const options = fc.record(
  {
    k: fc.integer({ min: 1, max: 23 }),
    constant: fc.constantFrom({ l: 0 }, { l: 1 }, { l: 2 }, { offset: 0 }, { offset: 0.0548 }, { table: 2 as const }),
    mantissa: fc.constantFrom("trunc" as const, "rne" as const),
    form: fc.constantFrom("carry" as const, "linear" as const),
    special: fc.constantFrom("raw" as const, "safe" as const),
    saturate: fc.boolean(),
  },
  { requiredKeys: [] },
);
/** Codes of every kind: uniform bits seldom hit zeros, infinities and the edges of the range. */
const codes = (rule: Rule) => {
  const { bits, maxFinite, mantissaBits } = rule.format;
  const top = 2 ** (bits - 1) - 1;
  const magnitude = fc.oneof(
    fc.integer({ min: 0, max: top }),
    fc.constantFrom(0, 1, 2 ** mantissaBits - 1, 2 ** mantissaBits, maxFinite, Math.min(maxFinite + 1, top), top),
    fc.nat(20).map((d) => 2 ** mantissaBits + d),
    fc.nat(20).map((d) => maxFinite - d),
  );
  return fc.tuple(magnitude, fc.boolean()).map(([m, negative]) => m + (negative ? 2 ** (bits - 1) : 0));
};

test.each(["f32", "bf16", "f16", "e4m3", "e5m2"] as const)("%s magnitudes agree with the definition", (dtype) => {
  const format = dtype === "f32" ? resolveRule("t", ["f32", "f32"]).format : floatFormats[dtype];
  fc.assert(
    fc.property(
      options.chain(({ constant, ...rest }) => {
        const inF32 = resolveRule("test", ["f32", "f32"], { ...rest, ...constant });
        // The same rule in another format: the constant keeps its value, cut to the bits that there are.
        const scale = 2 ** (format.mantissaBits - 23);
        const correction = Math.round((0x3f800000 - inF32.offset) * scale);
        const rule: Rule = {
          ...inF32,
          format,
          offset: format.bias * 2 ** format.mantissaBits - correction,
          ...(inF32.table && {
            table: { bits: 2, corrections: inF32.table.corrections.map((c) => Math.round(c * scale)) },
          }),
        };
        return fc.tuple(fc.constant(rule), codes(rule), codes(rule));
      }),
      ([rule, a, b]) => {
        expect(reduceCode(rule, a)).toBe(reduceOracle(oracleRule(rule), a));
        expect(hex(multiply(rule, a, b))).toBe(hex(lmulOracle(oracleRule(rule), a, b)));
      },
    ),
    { numRuns: 2000 },
  );
});

test("for bf16 the container and the native sum are the same function", () => {
  const container = resolveRule("test", ["bf16", "bf16"]);
  const native: Rule = { ...container, format: floatFormats.bf16, offset: 0x3f78 };
  fc.assert(
    fc.property(codes(native), codes(native), (a, b) => {
      expect(multiply(container, a * 65536, b * 65536)).toBe(multiply(native, a, b) * 65536);
    }),
  );
});

test("a 3-bit table makes E4M3 products exact, a 2-bit table E5M2 products", () => {
  for (const [k, table] of [
    [3, 3],
    [2, 2],
  ] as const) {
    const rule = resolveRule("test", ["f32", "f32"], { k, table });
    for (let i = 0; i < 2 ** k; i++) {
      for (let j = 0; j < 2 ** k; j++) {
        const [x, y] = [1 + i / 2 ** k, 1 + j / 2 ** k];
        expect(multiply(rule, f32Bits(x), f32Bits(y))).toBe(f32Bits(x * y));
      }
    }
  }
});
