import { describe, expect, test } from "vitest";
import { lmulProduct, lmulSlopeOracle, paperRule } from "../../../src/oracles/l-mul.js";
import { lmulAttentionOracle } from "../../../src/oracles/l-mul-attention.js";
import { type Backward, lmulAttentionGradientsOracle } from "../../../src/oracles/l-mul-attention-gradients.js";
import {
  type AttentionGradientOptions,
  lmulAttentionGradients,
} from "../../../src/systems/l-mul/attention-gradients.js";
import { gradientModes } from "../../../src/systems/l-mul/gradients.js";
import { heldBy } from "../../support/engines.js";
import { openTargets, type Target } from "./backends.js";
import { nearNormal } from "./goldens.js";

const { targets, gpuAbsent } = await openTargets();
test("the software GPU is there", ({ skip }) => skip(gpuAbsent !== undefined, gpuAbsent));

const product = lmulProduct(paperRule);
const backward: Record<(typeof gradientModes)[number], Backward> = {
  "straight-through": (gradient, _, y) => gradient * y,
  mimic: (gradient, _, y) => product(Math.fround(gradient), y),
  exact: (gradient, x, y) => gradient * lmulSlopeOracle(paperRule, x, y),
};

test("the oracle's chain rule: finite differences of attention with exact products", () => {
  const sizes = { rows: 3, keys: 4, d: 2, dv: 3, causal: true, product: (x: number, y: number) => x * y };
  const operands = { q: nearNormal(1, 6), k: nearNormal(2, 8), v: nearNormal(3, 12) };
  const g = nearNormal(4, 9);
  const loss = (head: typeof operands) =>
    lmulAttentionOracle({ ...sizes, ...head }).values.reduce((sum, x, i) => sum + x * g[i]!, 0);
  const gradients = lmulAttentionGradientsOracle({ ...sizes, ...operands }, g, (up, _, y) => up * y);
  const h = 2 ** -10;
  for (const name of ["q", "k", "v"] as const) {
    operands[name].forEach((x, i) => {
      const at = (value: number) => loss({ ...operands, [name]: operands[name].with(i, value) });
      expect((at(x + h) - at(x - h)) / (2 * h)).toBeCloseTo(gradients[name][i]!, 3);
    });
  }
});

interface Sizes {
  B: number;
  Tq: number;
  Tk: number;
  H: number;
  Hkv: number;
}

async function check({ engine, on }: Target, sizes: Sizes, options: AttentionGradientOptions, keep?: number[]) {
  const { B, Tq, Tk, H, Hkv } = sizes;
  const [D, Dv] = [5, 6];
  const isHeadFirst = options.layout === "bhtd";
  const shape = (T: number, heads: number, d: number) => (isHeadFirst ? [B, heads, T, d] : [B, T, heads, d]);
  const shapes = [shape(Tq, H, D), shape(Tk, Hkv, D), shape(Tk, Hkv, Dv), shape(Tq, H, Dv)];
  const values = shapes.map((extents, i) =>
    nearNormal(
      i + 1,
      extents.reduce((x, y) => x * y),
    ),
  );
  const [q, k, v, g] = values.map((x, i) => engine.tensor(x, { shape: shapes[i]! }));
  const keyMask = keep && engine.tensor(Uint8Array.from(keep), { shape: [B, Tk], dtype: "u8" });
  const before = heldBy(engine);
  const results = lmulAttentionGradients(q!, k!, v!, g!, { ...options, ...(keyMask && { keyMask }), on });
  expect(heldBy(engine)).toBe(before + 3);
  const place = (i: number, T: number, heads: number, d: number, b: number, h: number) => {
    const [t, c] = [Math.floor(i / d), i % d];
    return isHeadFirst ? ((b * heads + h) * T + t) * d + c : ((b * T + t) * heads + h) * d + c;
  };
  const head = (x: Float32Array, T: number, heads: number, d: number, b: number, h: number) =>
    Float32Array.from({ length: T * d }, (_, i) => x[place(i, T, heads, d, b, h)]!);
  const expected = values.slice(0, 3).map((x) => new Float64Array(x.length));
  for (let b = 0; b < B; b++) {
    for (let h = 0; h < H; h++) {
      const kv = Math.floor((h * Hkv) / H);
      const one = lmulAttentionGradientsOracle(
        {
          q: head(values[0]!, Tq, H, D, b, h),
          k: head(values[1]!, Tk, Hkv, D, b, kv),
          v: head(values[2]!, Tk, Hkv, Dv, b, kv),
          rows: Tq,
          keys: Tk,
          d: D,
          dv: Dv,
          product,
          ...(options.causal && { causal: true }),
          ...(keep && { keep: keep.slice(b * Tk, (b + 1) * Tk) }),
        },
        head(values[3]!, Tq, H, Dv, b, h),
        backward[options.mode],
      );
      one.q.forEach((x, i) => {
        expected[0]![place(i, Tq, H, D, b, h)]! += x;
      });
      one.k.forEach((x, i) => {
        expected[1]![place(i, Tk, Hkv, D, b, kv)]! += x;
      });
      one.v.forEach((x, i) => {
        expected[2]![place(i, Tk, Hkv, Dv, b, kv)]! += x;
      });
    }
  }
  for (const [index, result] of [results.q, results.k, results.v].entries()) {
    expect(result.shape).toEqual(shapes[index]);
    const actual = await result.data();
    const largest = Math.max(...expected[index]!.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    const wrong = [...actual].findIndex((x, i) => !(Math.abs(x - expected[index]![i]!) <= 1e-5 * largest));
    expect(wrong < 0 ? "" : `${index}[${wrong}] is ${actual[wrong]}, expected ${expected[index]![wrong]}`).toBe("");
    result.dispose();
  }
  for (const tensor of [q, k, v, g, keyMask]) tensor?.dispose();
}

describe.each(targets)("$name", (target) => {
  const sizes: Sizes = { B: 1, Tq: 4, Tk: 4, H: 1, Hkv: 1 };

  test.each(gradientModes)("%s", (mode) => check(target, sizes, { mode }));

  test("causal, grouped heads, more keys than rows, heads first", async () => {
    const wide: Sizes = { B: 2, Tq: 3, Tk: 5, H: 4, Hkv: 2 };
    await check(target, wide, { mode: "mimic", causal: true });
    await check(target, wide, { mode: "exact", causal: true, layout: "bhtd" });
  });

  test("rows that see nothing and hidden keys pass nothing back", async () => {
    await check(target, { ...sizes, Tq: 6 }, { mode: "mimic", causal: true });
    await check(target, { ...sizes, B: 2 }, { mode: "straight-through" }, [1, 0, 1, 1, 0, 0, 1, 0]);
  });

  test("nothing to see gives zeros", async () => {
    const { engine, on } = target;
    const q = engine.tensor(nearNormal(1, 6), { shape: [1, 2, 1, 3] });
    const none = engine.tensor([], { shape: [1, 0, 1, 3] });
    const gradients = lmulAttentionGradients(q, none, none, q, { mode: "mimic", on });
    expect([...(await gradients.q.data())]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(gradients.k.shape).toEqual([1, 0, 1, 3]);
  });
});

test("bad arguments name themselves", () => {
  const { engine } = targets[0]!;
  const x = engine.tensor(nearNormal(1, 6), { shape: [1, 2, 1, 3] });
  const flat = engine.tensor([1]);
  expect(() => lmulAttentionGradients(x, x, x, flat, { mode: "exact" })).toThrow(/argument g has shape \[1\]/);
  expect(() => lmulAttentionGradients(x, x, x, x, { mode: "x" as "exact" })).toThrow(/argument mode is x/);
  expect(() => lmulAttentionGradients(x, flat, x, x, { mode: "exact" })).toThrow(/argument k has shape/);
  expect(() => lmulAttentionGradients(x, x, x, x, { mode: "exact", scale: Infinity })).toThrow(/argument scale/);
  const half = engine.fromBits(new Uint16Array(6), { shape: [1, 2, 1, 3], dtype: "f16" });
  expect(() => lmulAttentionGradients(half, x, x, x, { mode: "exact" })).toThrow(/argument q has dtype f16/);
});
