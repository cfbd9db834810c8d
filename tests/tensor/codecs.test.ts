import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeArray,
  decodeBF16,
  decodeE4M3,
  decodeE5M2,
  decodeF16,
  decodeTable,
  encodeArray,
  encodeBF16,
  encodeE4M3,
  encodeE5M2,
  encodeF16,
  floatFormats,
  type SmallFloat,
} from "../../src/tensor/codecs.js";

const everyBF16 = decodeArray(
  "bf16",
  Uint16Array.from({ length: 65536 }, (_, i) => i),
);
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const dtypes: SmallFloat[] = ["f16", "bf16", "e4m3", "e5m2"];

describe("fp8 encoding against the published codec (jax-ml/ml_dtypes)", () => {
  test.each([
    ["e4m3", "ecbb201b2182a3e8e84f521d57c51ff379e8e5ec61141119005be7d672db0d98"],
    ["e5m2", "090ec74f2f7cc325aefd5b24d8a7db182ffbf980e5b9178e583b42669f409a76"],
  ] as const)("%s bytes of all 65536 bf16 patterns", (dtype, digest) => {
    expect(sha256(encodeArray(dtype, everyBF16) as Uint8Array)).toBe(digest);
  });

  test.each([
    [464, 0x7e, 0x7e],
    [464.5, 0x7f, 0x7e],
    [-1e30, 0xff, 0xfe],
    [2 ** -10, 0x00, 0x00],
    [1.0001 * 2 ** -10, 0x01, 0x01],
    [1.5 * 2 ** -10, 0x01, 0x01],
    [0.017578125, 0x09, 0x09],
    [1.0625, 0x38, 0x38],
    [1.1875, 0x3a, 0x3a],
    [3.14159, 0x45, 0x45],
    [-0.1, 0x9d, 0x9d],
    [Infinity, 0x7f, 0x7e],
    [-0, 0x80, 0x80],
  ])("e4m3 of %d", (x, plain, saturated) => {
    expect(encodeE4M3(x)).toBe(plain);
    expect(encodeE4M3(x, { saturate: true })).toBe(saturated);
  });

  test.each([
    [61439, 0x7b, 0x7b],
    [61440, 0x7c, 0x7b],
    [2 ** -17, 0x00, 0x00],
    [1.5 * 2 ** -17, 0x01, 0x01],
    [1.125, 0x3c, 0x3c],
    [1.375, 0x3e, 0x3e],
    [3.14159, 0x42, 0x42],
    [-0.1, 0xae, 0xae],
    [0.3, 0x35, 0x35],
    [-Infinity, 0xfc, 0xfb],
    [Number.NaN, 0x7e, 0x7e],
  ])("e5m2 of %d", (x, plain, saturated) => {
    expect(encodeE5M2(x)).toBe(plain);
    expect(encodeE5M2(x, { saturate: true })).toBe(saturated);
  });
});

describe("decoding", () => {
  test("range of every format", () => {
    expect([decodeF16(0x7bff), decodeF16(0x0001), decodeF16(0xfc00)]).toEqual([65504, 2 ** -24, -Infinity]);
    expect([decodeBF16(0x3f80), decodeBF16(0x0001), decodeBF16(0x7f80)]).toEqual([1, 2 ** -133, Infinity]);
    expect([decodeE4M3(0x7e), decodeE4M3(0x08), decodeE4M3(0x01), decodeE4M3(0xff)]).toEqual([
      448,
      2 ** -6,
      2 ** -9,
      Number.NaN,
    ]);
    expect([decodeE5M2(0x7b), decodeE5M2(0x04), decodeE5M2(0x01), decodeE5M2(0x7d)]).toEqual([
      57344,
      2 ** -14,
      2 ** -16,
      Number.NaN,
    ]);
    expect(decodeE4M3(0x80)).toBe(-0);
  });

  test("tables hold what the scalar decoder says", () => {
    for (let code = 0; code < 256; code++) {
      expect(decodeTable("e4m3")[code]).toBe(decodeE4M3(code));
      expect(decodeTable("e5m2")[code]).toBe(decodeE5M2(code));
    }
  });

  test.each(dtypes)("%s: every code survives decode and encode", (dtype) => {
    const { bits, maxFinite, infinity, nan } = floatFormats[dtype];
    const signBit = 1 << (bits - 1);
    const codes = Array.from({ length: 1 << bits }, (_, code) => code);
    const back = encodeArray(dtype, decodeArray(dtype, codes));
    const wrong = codes.filter((code) => {
      const magnitude = code & (signBit - 1);
      const isNaNCode = magnitude > maxFinite && magnitude !== infinity;
      return isNaNCode ? (back[code]! & (signBit - 1)) !== nan : back[code] !== code;
    });
    expect(wrong).toEqual([]);
  });
});

describe("rounding", () => {
  const scalar = { f16: encodeF16, bf16: encodeBF16, e4m3: encodeE4M3, e5m2: encodeE5M2 };

  test.each(dtypes)("%s: the nearest value, ties to the even code, from the double itself", (dtype) => {
    const format = floatFormats[dtype];
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: format.maxFinite - 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (code, t) => {
          const [low, high] = decodeArray(dtype, [code, code + 1]) as unknown as [number, number];
          const x = low + t * (high - low);
          const middle = (low + high) / 2;
          const expected = x < middle ? code : x > middle ? code + 1 : code + (code & 1);
          expect(scalar[dtype](x)).toBe(expected);
          expect(scalar[dtype](-x)).toBe(expected | (1 << (format.bits - 1)));
        },
      ),
    );
  });

  test("no double rounding through f32", () => {
    const x = 1 + 2 ** -11 + 2 ** -40;
    expect(encodeF16(x)).toBe(0x3c01);
    expect(encodeF16(Math.fround(x))).toBe(0x3c00);
  });

  test("overflow of the 16-bit formats", () => {
    expect([encodeF16(65519.99), encodeF16(65520), encodeF16(1e300)]).toEqual([0x7bff, 0x7c00, 0x7c00]);
    expect(encodeF16(65520, { saturate: true })).toBe(0x7bff);
    expect(encodeBF16(3.4e38)).toBe(0x7f80);
    expect(encodeBF16(Infinity, { saturate: true })).toBe(0x7f7f);
    expect(encodeF16(5e-324)).toBe(0);
  });

  test("empty arrays stay empty", () => {
    expect(encodeArray("f16", [])).toHaveLength(0);
    expect(decodeArray("e5m2", [])).toHaveLength(0);
  });
});
