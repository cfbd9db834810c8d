import { describe, expect, test } from "vitest";
import { f32Format } from "../../../src/systems/l-mul/format.js";
import type { LMulOptions } from "../../../src/systems/l-mul/options.js";
import { defaultL, offsetBits, resolveRule } from "../../../src/systems/l-mul/rule.js";
import { floatFormats } from "../../../src/tensor/codecs.js";

const rule = (dtype: string, options?: LMulOptions) => resolveRule("lmul", [dtype, dtype], options);

describe("constants", () => {
  test("of every format at its own l", () => {
    const at = (format: typeof f32Format, l: number) => offsetBits(format, l);
    expect(at(f32Format, 4)).toBe(0x3f780000);
    expect(at(floatFormats.bf16, 4)).toBe(0x3f78);
    expect(at(floatFormats.f16, 4)).toBe(0x3bc0);
    expect(at({ ...floatFormats.f16, mantissaBits: 6 }, 4)).toBe(0x3bc);
    expect(at(floatFormats.e4m3, 3)).toBe(0x37);
    expect(at(floatFormats.e5m2, 2)).toBe(0x3b);
  });

  test.each([
    [1, 0x3f400000],
    [2, 0x3f600000],
    [3, 0x3f700000],
    [4, 0x3f700000],
    [5, 0x3f780000],
    [23, 0x3f780000],
  ])("k = %d in an f32 container", (k, offset) => {
    expect(rule("f32", { k }).offset).toBe(offset);
    expect(offsetBits(f32Format, defaultL(k))).toBe(offset);
  });
});

describe("defaults follow the operands", () => {
  test.each([
    ["f32", 23, 0x3f780000],
    ["bf16", 7, 0x3f780000],
    ["f16", 10, 0x3f780000],
    ["e4m3", 3, 0x3f700000],
    ["e5m2", 2, 0x3f600000],
  ])("%s", (dtype, k, offset) => expect(rule(dtype)).toMatchObject({ k, offset, saturate: false, special: "safe" }));

  test("native 8-bit sums use the format's own constant and saturate", () => {
    expect(rule("e4m3", { fp8Path: "native8" })).toMatchObject({ offset: 0x37, saturate: true });
    expect(rule("e5m2", { fp8Path: "native8", saturate: false })).toMatchObject({ offset: 0x3b, saturate: false });
  });

  test("rounded operands take l = 4, unless nothing is dropped", () => {
    expect(rule("f32", { k: 3, mantissa: "rne" }).offset).toBe(0x3f780000);
    expect(rule("e4m3", { mantissa: "rne" }).offset).toBe(0x3f700000);
    expect(rule("e4m3", { k: 7 })).toMatchObject({ k: 3, offset: 0x3f700000 });
  });

  test("of two dtypes the coarser one sets k", () => {
    expect(resolveRule("lmul", ["f32", "e4m3"])).toMatchObject({ k: 3, offset: 0x3f700000 });
    expect(resolveRule("lmul", ["f32", "e4m3"], { k: 7 })).toMatchObject({ k: 7, offset: 0x3f780000 });
  });
});

test.each([
  ["f32", { k: 0 }, /argument k is 0; expected an integer in 1..23/],
  ["f32", { k: 24 }, /argument k is 24/],
  ["f32", { k: Number.NaN }, /argument k is NaN/],
  ["f32", { l: -1 }, /argument l is -1/],
  ["f32", { l: 24 }, /argument l is 24/],
  ["e4m3", { l: 4, fp8Path: "native8" }, /argument l is 4; expected at most 3/],
  ["f32", { offset: 1 }, /argument offset is 1/],
  ["f32", { offset: -0.1 }, /argument offset/],
  ["f32", { l: 4, offset: 0 }, /excludes/],
  ["f32", { l: 4, table: 2 }, /excludes/],
  ["f32", { table: 5 }, /argument table is 5/],
  ["e5m2", { table: 3, fp8Path: "native8" }, /e5m2 has 2 mantissa bits/],
  ["f32", { mantissa: "up" }, /argument mantissa is up; expected trunc or rne/],
  ["f32", { form: "x" }, /argument form/],
  ["f32", { special: "x" }, /argument special/],
  ["f32", { saturate: 1 }, /argument saturate/],
  ["f32", { fp8Path: "native8" }, /argument fp8Path has dtype f32, f32, expected two e4m3/],
  ["f32", { fp8Path: "x" }, /argument fp8Path/],
  ["i32", {}, /argument a has dtype i32, expected f32, bf16/],
])("%s with %o is refused", (dtype, options, message) => {
  expect(() => rule(dtype, options as LMulOptions)).toThrow(message);
});
