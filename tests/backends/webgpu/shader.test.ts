import { describe, expect, test } from "vitest";
import { fold } from "../../../src/backends/webgpu/batch.js";
import { sizeClass } from "../../../src/backends/webgpu/buffers.js";
import { packParams } from "../../../src/backends/webgpu/run.js";
import { assembleShader, storageAccess } from "../../../src/backends/webgpu/shader.js";

const shader = `
alias Element = f32;
const TILE: u32 = 64;
const SCALE : f32 = 1.0; // stays
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<Element>;
@group(0) @binding(2) var<storage, read_write> out: array<Element>;
@group(0) @binding(3) var<storage> b: array<Element>;
`;

describe("assembleShader", () => {
  test("replaces constants and aliases and enables features", () => {
    const text = assembleShader({
      label: "x",
      shader,
      constants: { TILE: "32u", Element: "f16", SCALE: 2 },
      features: ["shader-f16", "subgroups"],
    });
    expect(text.startsWith("enable f16;\nenable subgroups;\n")).toBe(true);
    expect(text).toContain("const TILE: u32 = 32u;");
    expect(text).toContain("alias Element = f16;");
    expect(text).toContain("const SCALE : f32 = 2; // stays");
  });

  test("names a constant that the shader does not have", () => {
    expect(() => assembleShader({ label: "matmul", shader, constants: { TYLE: 1 } })).toThrow(/matmul.*TYLE/);
  });

  test("reads how each binding is declared", () => {
    expect(storageAccess(shader)).toEqual(["read-only-storage", "storage", "read-only-storage"]);
  });
});

test("fold covers every workgroup within the limit of a dimension", () => {
  for (const limit of [1, 7, 65535]) {
    for (const groups of [1, 2, 6, 7, 8, 48, 49, 50, 343, 65535, 65536, 1_000_000].filter((n) => n <= limit ** 3)) {
      const [x, y, z] = fold(groups, limit);
      expect(Math.max(x, y, z)).toBeLessThanOrEqual(limit);
      expect(x * y * z).toBeGreaterThanOrEqual(groups);
      expect(x * y * z - groups).toBeLessThan(y * z);
    }
  }
});

test("size classes waste at most a fifth and are multiples of 256", () => {
  for (let bytes = 1; bytes < 2 ** 31; bytes = Math.ceil(bytes * 1.37)) {
    const size = sizeClass(bytes);
    expect(size).toBeGreaterThanOrEqual(bytes);
    expect(size % 256).toBe(0);
    if (bytes > 2048) expect(size).toBeLessThanOrEqual(bytes * 1.25);
  }
});

test("packParams writes unsigned, signed and float fields", () => {
  const view = new DataView(packParams(7, { i32: -2 }, { f32: 1.5 }));
  expect([view.getUint32(0, true), view.getInt32(4, true), view.getFloat32(8, true)]).toEqual([7, -2, 1.5]);
});
