/** How scans are cut on a GPU: variants of one pass and of two, lines over the limit of a binding, fallback of the single pass. */
import { describe, expect, test } from "vitest";
import { UnsupportedError } from "../../../src/backends/contract.js";
import type { GpuCapabilities } from "../../../src/backends/webgpu/run.js";
import type { Engine } from "../../../src/engine/engine.js";
import { defineOp } from "../../../src/ops/define-op.js";
import { affineScan } from "../../../src/ops/recurrence/affine-scan.js";
import { matrixScan } from "../../../src/ops/recurrence/matrix-scan.js";
import { monoidScan } from "../../../src/ops/recurrence/monoid-scan.js";
import { scanQuadsOnGpu, type WordScan } from "../../../src/ops/recurrence/scan/gpu-words.js";
import type { Lines } from "../../../src/ops/recurrence/scan/lines.js";
import { piecesOf } from "../../../src/ops/recurrence/scan/pieces.js";
import { type ScanOptions, scan } from "../../../src/ops/recurrence/scan.js";
import { scanOracles, wordScanOracle } from "../../../src/oracles/scan.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { sameBits, uniform } from "../../support/arrays.js";
import { gpuBackend, openFor, type TestBackend } from "../../support/engines.js";

const on = "webgpu";

/** Every variant of a shader is seconds of compiling on a software adapter. */
const directions: readonly ScanOptions[] = [{}, { exclusive: true, reverse: true }];

/** Four times 2^10 words. */
const tight: TestBackend = {
  ...gpuBackend,
  name: `${gpuBackend.name}, 16 KiB bindings`,
  options: {
    ...gpuBackend.options,
    webgpu: {
      ...(typeof gpuBackend.options.webgpu === "object" ? gpuBackend.options.webgpu : { software: true }),
      limits: { maxStorageBufferBindingSize: 16384 },
    },
  },
};

const words = (n: number) => Int32Array.from({ length: n }, (_, t) => Math.imul(t + 1, 0x9e3779b1));

async function expectWords(engine: Engine, n: number, options: ScanOptions = {}) {
  const x = words(n);
  const expected = wordScanOracle(Array.from(x), options.op as "add", true, options);
  const values = (await scan(engine.tensor(x), { on, ...options }).data()) as Int32Array;
  expect(sameBits(values, Int32Array.from(expected)), `${n}, ${JSON.stringify(options)}`).toBe(true);
}

/** Takes the adapter for a real one, which the single pass asks for: it never waits, so it may run on any. */
function pretendReal(engine: Engine): void {
  Object.assign(engine.gpu?.caps as GpuCapabilities, { software: false, subgroups: true });
}

describe(`lines of adjacent words on ${gpuBackend.name}`, () => {
  const engine = openFor(gpuBackend);

  test("lengths around quads and tiles, every direction", async () => {
    for (const direction of directions) {
      for (const n of [257, 4095, 4096, 4099, 12345]) await expectWords(engine(), n, { op: "add", ...direction });
    }
    await expectWords(engine(), 5003, { op: "max", reverse: true, exclusive: true });
    await expectWords(engine(), 5003, { op: "multiply", exclusive: true });
  });

  test("some lines, of f32", async () => {
    const next = uniform(3);
    const x = Float32Array.from({ length: 3 * 5000 }, () => next() - 0.5);
    const y = await scan(engine().tensor(x, { shape: [3, 5000] }), { on, reverse: true }).data();
    for (let line = 0; line < 3; line++) {
      const expected = scanOracles.add(Array.from(x.subarray(line * 5000, (line + 1) * 5000)), { reverse: true });
      expected.forEach((value, t) => {
        expect(Math.abs(Number(y[line * 5000 + t]) - value)).toBeLessThan(64 * 2 ** -24 * 1250);
      });
    }
  });

  test("as long as takes seconds here, and odd", async () => {
    await expectWords(engine(), gpuBackend.slow ? 2 ** 20 + 3 : 2 ** 25 + 3, { op: "add" });
  });
});

describe(`a single pass on ${gpuBackend.name}`, () => {
  const engine = openFor(gpuBackend);
  const variant = "single-pass";

  test("only on real adapters with subgroups", ({ skip }) => {
    const a = engine().tensor(words(300));
    const { caps } = engine().gpu as { caps: GpuCapabilities };
    skip(!gpuBackend.slow, "this adapter is one");
    expect(() => scan(a, { variant })).toThrow(UnsupportedError);
    expect(() => scan(a, { variant })).toThrow(/real adapters/);
    expect(engine().explain(scan, a, { on }).variant).toBe("reduce-then-scan");
    Object.assign(caps, { software: false, subgroups: false });
    expect(() => scan(a, { variant })).toThrow(/subgroups/);
  });

  test("what it cannot scan has a named error", () => {
    pretendReal(engine());
    const a = engine().tensor(words(1200), { shape: [4, 300] });
    expect(() => scan(a, { variant, axis: 0 })).toThrow(UnsupportedError);
    expect(() => scan(a, { variant, segments: [0, 300] })).toThrow(UnsupportedError);
    expect(() => scan(engine().tensor([1, 2]), { variant })).toThrow(/more than 256/);
    expect(() => scan(a, { variant, on: "wasm" })).toThrow(/argument variant/);
    expect(() => scan(a, { variant: "fast" as "auto" })).toThrow(/argument variant/);
    expect(engine().explain(scan, a, { on }).variant).toBe(variant);
    expect(engine().explain(scan, engine().tensor(new Float32Array(300)), { on }).variant).toBe("reduce-then-scan");
  });

  test("equals the definition, in every direction and over many tiles", async () => {
    pretendReal(engine());
    for (const direction of directions) await expectWords(engine(), 50_001, { op: "add", variant, ...direction });
    await expectWords(engine(), 300_007, { op: "max", variant });
    const x = words(3 * 9000);
    const y = await scan(engine().tensor(x, { shape: [3, 9000] }), { variant }).data();
    for (let line = 0; line < 3; line++) {
      const expected = wordScanOracle(Array.from(x.subarray(line * 9000, (line + 1) * 9000)), "add", true);
      expect(Array.from(y.subarray(line * 9000, (line + 1) * 9000))).toEqual(expected);
    }
  });

  test("falls back on tiles that publish nothing, the first and the last among them", async () => {
    for (const silent of [1, 2, 3]) {
      const how: WordScan = { label: "silent", operation: "add", dtype: "i32", variant, silent };
      const n = 120_001;
      const lines: Lines = { outer: 1, n, inner: 1, exclusive: false, reverse: false, segments: undefined };
      const silentScan = defineOp({
        name: "silent",
        prepare: (a: Tensor) => ({ inputs: [a], outputs: [{ shape: a.shape, dtype: a.dtype }], params: null }),
        work: () => ({ operations: 1, bytes: 1, rate: "stream" }),
        webgpu: { encode: (g, [a], [y]) => scanQuadsOnGpu(g, lines, a!, y!, how) },
        bound: "exact",
      });
      const x = words(n);
      const values = (await silentScan(engine().tensor(x)).data()) as Int32Array;
      const expected = wordScanOracle(Array.from(x), "add", true);
      expect(sameBits(values, Int32Array.from(expected)), `every ${silent}`).toBe(true);
    }
  });
});

describe(`lines over the limit on ${tight.name}`, () => {
  const engine = openFor(tight);

  test("adjacent words", async () => {
    for (const direction of directions) await expectWords(engine(), 20_001, { op: "add", ...direction });
  });

  test("what cannot be cut", () => {
    const wide = engine().tensor(words(2 * 4000), { shape: [2, 4000] });
    expect(() => scan(wide, { axis: 0, on })).toThrow(/binding limit of 16384/);
    pretendReal(engine());
    expect(() => scan(engine().tensor(words(5000)), { variant: "single-pass" })).toThrow(/one binding/);
  });

  /** The same on both backends, bit for bit, because numbers are small and whole. */
  async function expectSame(run: (place: { on: "wasm" | "webgpu" }) => Tensor) {
    const [cpu, gpu] = [run({ on: "wasm" }), run({ on })];
    expect(sameBits(await gpu.bits(), await cpu.bits())).toBe(true);
  }

  const small = (n: number, shape: number[]) =>
    engine().tensor(
      Float32Array.from({ length: n }, (_, i) => ((i * 7) % 5) - 2),
      { shape },
    );
  const flagsOf = (n: number, shape = [n]) =>
    engine().tensor(
      Uint8Array.from({ length: n }, (_, i) => Number(i % 611 === 610)),
      { shape },
    );

  test("columns, flags of steps and of elements, offsets", async () => {
    const a = small(2 * 3000 * 3, [2, 3000, 3]);
    await expectSame((place) => scan(a, { axis: 1, exclusive: true, ...place }));
    const flags = flagsOf(9000);
    const line = small(9000, [9000]);
    for (const reverse of [false, true]) {
      await expectSame((place) => scan(line, { segments: flags, reverse, ...place }));
      await expectSame((place) => scan(line, { segments: [0, 5, 4000, 9000], reverse, ...place }));
    }
    const each = flagsOf(2 * 3000 * 3, [2, 3000, 3]);
    await expectSame((place) => scan(a, { axis: 1, segments: each, reverse: true, ...place }));
  });

  test("whole lines by the dozen", async () => {
    const a = small(60 * 100, [60, 100]);
    await expectSame((place) => scan(a, place));
    await expectSame((place) => scan(a, { segments: [0, 30, 100], ...place }));
  });

  test("recurrences, matrices, monoids", async () => {
    const n = 5000;
    const a = engine().tensor(Float32Array.from({ length: n }, (_, i) => (i % 3) - 1));
    const initial = engine().tensor(7, { shape: [] });
    for (const reverse of [false, true]) {
      await expectSame((place) => affineScan(a, small(n, [n]), { initial, reverse, ...place }));
    }
    const rotations = engine().tensor(
      Float32Array.from({ length: 4 * n }, (_, i) => [0, -1, 1, 0][(i + (i >> 2)) % 4] as number),
      { shape: [n, 2, 2] },
    );
    await expectSame((place) => matrixScan(rotations, place));
    const codes = engine().tensor(Uint8Array.from({ length: 20_001 }, (_, i) => (i * i) % 7));
    const table = Array.from({ length: 7 }, (_, x) => Array.from({ length: 7 }, (_, y) => (x + y) % 7));
    await expectSame((place) => monoidScan(codes, { table, ...place }));
  });
});

test("pieces cover every step once, in the direction of the scan, and fit", () => {
  const caps = { limits: { maxStorageBufferBindingSize: 2 ** 27 } } as GpuCapabilities;
  const base: Lines = { outer: 2, n: 2 ** 27 + 5, inner: 1, exclusive: false, reverse: false, segments: undefined };
  for (const lines of [
    base,
    { ...base, reverse: true },
    { ...base, n: 1001, inner: 2 ** 20 + 1 },
    { ...base, outer: 2 ** 20, n: 77 },
  ]) {
    const pieces = piecesOf(caps, lines, 4);
    let outer = 0;
    let position = 0;
    for (const piece of pieces) {
      expect([piece.firstOuter, piece.begin]).toEqual([outer, position]);
      const end = ((piece.firstOuter + piece.outer - 1) * lines.n + piece.firstStep + piece.steps) * lines.inner;
      expect(4 * (end - piece.base)).toBeLessThanOrEqual(2 ** 27);
      expect(piece.base % 256).toBe(0);
      position = piece.end === lines.n ? 0 : piece.end;
      if (position === 0) outer += piece.outer;
    }
    expect([outer, position]).toEqual([lines.outer, 0]);
  }
});
