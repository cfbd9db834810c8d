/** Limits far below the device's own: a call over them falls into parts, or falls back, and never fails. */
import { beforeEach, describe, expect, test } from "vitest";
import { UnsupportedError } from "../../src/backends/contract.js";
import type { GpuLimits } from "../../src/backends/webgpu/run.js";
import type { PreparedCall } from "../../src/engine/operation.js";
import { unitsPerPart } from "../../src/engine/placement.js";
import { defineOp } from "../../src/ops/define-op.js";
import type { Tensor, TensorData } from "../../src/tensor/tensor.js";
import { gpuEngine, gpuMissing } from "./engines.js";
import { mix, mixed } from "./probe-ops.js";

const missing = await gpuMissing();
const bindingBytes = 64 * 1024;
const tight: Partial<GpuLimits> = { maxStorageBufferBindingSize: bindingBytes, maxComputeWorkgroupsPerDimension: 7 };
const counting = (length: number) => Uint32Array.from({ length }, (_, i) => Math.imul(i, 2654435761));
const expected = (length: number) => counting(length).map((x) => mixed(3, x, x));

/** The matcher walks element by element, which takes long for the sizes here. */
function expectWords(actual: TensorData, expected: Uint32Array): void {
  if (Buffer.compare(Buffer.from(actual.buffer), Buffer.from(expected.buffer)) !== 0) expect(actual).toEqual(expected);
}

const perGroup = 64;
const perFold = 7 ** 3 * perGroup;

/** `mix` without a way to split it. */
const unsplit = defineOp({
  ...mix.spec,
  name: "unsplit",
  webgpu: { encode: (...args) => mix.spec.webgpu?.encode(...args) },
});

describe("on a device with 64 KiB bindings and 7 workgroups per dimension", () => {
  beforeEach(({ skip }) => skip(missing !== undefined, missing));

  test.each([
    ["one group", perGroup],
    ["seven groups", 7 * perGroup],
    ["a second row of groups", 7 * perGroup + 1],
    ["a second plane of groups", 49 * perGroup + 1],
    ["the largest binding", bindingBytes / 4],
    ["one element more than a binding", bindingBytes / 4 + 1],
    ["all groups of one dispatch", perFold],
    ["a second dispatch", perFold + 1],
    ["several bindings and an odd rest", 5 * (bindingBytes / 4) + 3],
  ])("%s", async (_, size) => {
    const engine = await gpuEngine({ limits: tight });
    const a = engine.tensor(counting(size));
    expectWords(await mix(a, a, { on: "webgpu" }).data(), expected(size));
  });

  test("a second dispatch without a second part", async () => {
    const engine = await gpuEngine({ limits: { maxComputeWorkgroupsPerDimension: 2 } });
    const size = 3 * 2 ** 3 * perGroup + 5;
    const a = engine.tensor(counting(size));
    expectWords(await mix(a, a, { on: "webgpu" }).data(), expected(size));
  });

  test("more dispatches than one submit holds", async () => {
    const engine = await gpuEngine({ limits: { maxComputeWorkgroupsPerDimension: 1 } });
    const size = 300 * perGroup;
    const a = engine.tensor(counting(size));
    expectWords(await mix(a, a, { on: "webgpu" }).data(), expected(size));
  });

  test("into a view, from a view, both larger than a binding", async () => {
    const engine = await gpuEngine({ limits: tight });
    const row = bindingBytes / 4 + 64;
    const base = engine.tensor(counting(3 * row), { shape: [3, row] });
    mix(base.rows(2, 3), base.rows(2, 3), { out: base.rows(1, 2), on: "webgpu" });
    const all = counting(3 * row);
    all.set(
      all.slice(2 * row).map((x) => mixed(3, x, x)),
      row,
    );
    expectWords(await base.data(), all);
  });

  test("a call that cannot be split falls back, visibly, or is refused by name", async () => {
    const engine = await gpuEngine({ limits: tight, preferred: () => "webgpu" });
    const size = bindingBytes / 4 + 1;
    const a = engine.tensor(counting(size));
    const reason = "a binding of 65552 bytes is over the device's limit of 65536";
    expect(engine.explain(unsplit, a, a)).toMatchObject({ backend: "wasm", why: expect.stringContaining(reason) });
    expectWords(await unsplit(a, a).data(), expected(size));
    expect(() => unsplit(a, a, { on: "webgpu" })).toThrow(UnsupportedError);
    expect(() => unsplit(a, a, { on: "webgpu" })).toThrow(reason);
    const b = engine.tensor(counting(size - 1));
    expect(engine.explain(unsplit, b, b).backend).toBe("webgpu");
  });

  test("a buffer that the device cannot hold falls back, visibly, or is refused by name", async () => {
    const engine = await gpuEngine({ limits: { maxBufferSize: 1 << 16 }, preferred: () => "webgpu" });
    const a = engine.tensor(counting(1 << 15));
    const reason = "a buffer of 131072 bytes is over the device's limit of 65536";
    expect(engine.explain(mix, a, a)).toMatchObject({ backend: "wasm", why: expect.stringContaining(reason) });
    expect(() => mix(a, a, { on: "webgpu" })).toThrow(reason);
    expectWords(await mix(a, a).data(), expected(1 << 15));
  });
});

describe("the operation's own word against a device", () => {
  beforeEach(({ skip }) => skip(missing !== undefined, missing));

  test.each([true, false])("f16 present: %s", async (f16) => {
    const engine = await gpuEngine();
    const picky = defineOp({
      ...mix.spec,
      name: "picky",
      prepare: (a: Tensor): PreparedCall<{ factor: number; size: number }> => mix.spec.prepare(a, a),
      webgpu: {
        encode: () => undefined,
        unsupported: (caps) => (caps.f16 === f16 ? "it wants the other kind" : undefined),
        variant: () => "odd",
      },
    });
    const plan = engine.explain(picky, engine.tensor(counting(4)));
    const gpu = plan.candidates.find(({ backend }) => backend === "webgpu");
    expect(gpu).toMatchObject(
      engine.gpu?.caps.f16 === f16 ? { unsupported: "it wants the other kind", variant: "none" } : { variant: "odd" },
    );
  });
});

describe("unitsPerPart", () => {
  const caps = (binding: number, alignment: number) =>
    ({ limits: { maxStorageBufferBindingSize: binding, minStorageBufferOffsetAlignment: alignment } }) as never;

  test.each([
    ["words start on aligned offsets", [4], [4], 65536, 256, 16320],
    ["the larger of two sizes counts", [4, 8], [4], 65536, 256, 8128],
    ["odd sizes need more units to align", [12], [4], 65536, 256, 5440],
    ["an input that every part needs whole does not count", [0, 4], [4], 65536, 256, 16320],
    ["a row as large as the alignment", [256], [256], 65536, 256, 255],
    ["a row as large as the limit does not fit", [65536], [4], 65536, 256, 0],
    ["a row that aligns only with others beyond the limit", [65532], [4], 65536, 256, 0],
  ])("%s", (_, inputBytes, outputBytes, binding, alignment, units) => {
    expect(unitsPerPart({ inputBytes, outputBytes }, caps(binding, alignment))).toBe(units);
  });
});
