import { describe, expect, test } from "vitest";
import { bitsOf, floatOf } from "../../../src/oracles/l-mul.js";
import { lmulAttentionOracle, relativeFrobenius } from "../../../src/oracles/l-mul-attention.js";
import { lmulAttention } from "../../../src/systems/l-mul/attention.js";
import type { LMulAttentionOptions } from "../../../src/systems/l-mul/attention-params.js";
import { productOfCodes, reduceCode } from "../../../src/systems/l-mul/product.js";
import { attentionError } from "../../../src/systems/l-mul/published.js";
import { resolveRule } from "../../../src/systems/l-mul/rule.js";
import { decodeArray, encodeArray, type SmallFloat } from "../../../src/tensor/codecs.js";
import { difference, openTargets, type Target } from "./backends.js";
import { attentionVector, nearNormal, uniform } from "./goldens.js";

const { targets, gpuAbsent } = await openTargets();
test("the software GPU is there", ({ skip }) => skip(gpuAbsent !== undefined, gpuAbsent));

interface Sizes {
  B: number;
  Tq: number;
  Tk: number;
  H: number;
  Hkv: number;
  D: number;
  Dv: number;
}

const sizes = (given: Partial<Sizes>): Sizes => ({ B: 1, Tq: 5, Tk: 5, H: 1, Hkv: 1, D: 8, Dv: 8, ...given });

/** Runs one call and holds every head against the oracle. */
async function check(target: Target, given: Partial<Sizes>, options: LMulAttentionOptions & { keep?: number[] } = {}) {
  const { B, Tq, Tk, H, Hkv, D, Dv } = sizes(given);
  const { engine, on } = target;
  const { keep, ...rest } = options;
  const isHeadFirst = options.layout === "bhtd";
  const [q, k, v] = [nearNormal(1, B * Tq * H * D), nearNormal(2, B * Tk * Hkv * D), nearNormal(3, B * Tk * Hkv * Dv)];
  const shape = (T: number, heads: number, d: number) => (isHeadFirst ? [B, heads, T, d] : [B, T, heads, d]);
  const keyMask = keep && engine.tensor(Uint8Array.from(keep), { shape: [B, Tk], dtype: "u8" });
  const out = lmulAttention(
    engine.tensor(q, { shape: shape(Tq, H, D) }),
    engine.tensor(k, { shape: shape(Tk, Hkv, D) }),
    engine.tensor(v, { shape: shape(Tk, Hkv, Dv) }),
    { ...rest, ...(keyMask && { keyMask }), on },
  );
  expect(out.shape).toEqual(shape(Tq, H, Dv));
  const data = await out.data();
  const rule = resolveRule("test", ["f32", "f32"], options);
  const product = (x: number, y: number) =>
    floatOf(productOfCodes(rule, reduceCode(rule, bitsOf(x)), reduceCode(rule, bitsOf(y))));
  const headOf = (x: ArrayLike<number>, T: number, heads: number, d: number, b: number, h: number) =>
    Array.from({ length: T * d }, (_, i) => {
      const [t, c] = [Math.floor(i / d), i % d];
      return x[isHeadFirst ? ((b * heads + h) * T + t) * d + c : ((b * T + t) * heads + h) * d + c] as number;
    });
  for (let b = 0; b < B; b++) {
    for (let h = 0; h < H; h++) {
      const kv = Math.floor((h * Hkv) / H);
      const { values, magnitude, slack } = lmulAttentionOracle({
        q: headOf(q, Tq, H, D, b, h),
        k: headOf(k, Tk, Hkv, D, b, kv),
        v: headOf(v, Tk, Hkv, Dv, b, kv),
        rows: Tq,
        keys: Tk,
        d: D,
        dv: Dv,
        product,
        ...(options.causal && { causal: true }),
        ...(options.scale !== undefined && { scale: options.scale }),
        ...(keep && { keep: keep.slice(b * Tk, (b + 1) * Tk) }),
      });
      const actual = headOf(data, Tq, H, Dv, b, h);
      const wrong = actual.findIndex(
        (x, i) => !(Math.abs(x - values[i]!) <= 2 ** -23 * Tk * magnitude[i]! + slack[i]!),
      );
      expect(wrong < 0 ? "" : `b ${b} h ${h} [${wrong}] is ${actual[wrong]}, expected ${values[wrong]}`).toBe("");
    }
  }
}

describe("the published case: 64 near-normal vectors of 32 components", () => {
  const [q, k, v] = [nearNormal(100, 2048), nearNormal(101, 2048), nearNormal(102, 2048)];
  const head = { q, k, v, rows: 64, keys: 64, d: 32, dv: 32 };
  const exact = lmulAttentionOracle({ ...head, product: (x, y) => x * y }).values;

  test("its numbers and the double-precision reference", () => {
    expect(attentionVector.uniform.map((_, i) => uniform(0, i))).toEqual(attentionVector.uniform);
    attentionVector.q.forEach((x, i) => {
      expect(q[i]).toBeCloseTo(x, 7);
    });
    expect(v[2047]).toBeCloseTo(attentionVector.lastV, 6);
    attentionVector.exact.forEach((x, i) => {
      expect(exact[i]).toBeCloseTo(x, 7);
    });
    expect(Math.hypot(...exact)).toBeCloseTo(attentionError.frobeniusNorm, 5);
  });

  test.each(targets)("L-Mul on $name", async ({ engine, on }) => {
    const tensors = [q, k, v].map((x) => engine.tensor(x, { shape: [1, 64, 1, 32] })) as [never, never, never];
    for (const [options, error] of [
      [{}, attentionError.lmulF32],
      [{ k: 4 }, attentionError.lmulTrunc4],
      [{ k: 3 }, attentionError.lmulTrunc3],
    ] as const) {
      const relative = relativeFrobenius(await lmulAttention(...tensors, { ...options, on }).data(), exact);
      expect(Math.abs(relative / error - 1)).toBeLessThan(0.02);
    }
  });
});

describe.each(targets)("$name", (target) => {
  test.each([
    [{}, {}],
    [{ Tq: 33, Tk: 33 }, { causal: true }],
    [{ Tq: 3, Tk: 70, D: 5, Dv: 9 }, { causal: true }],
    [{ Tq: 33, Tk: 33, Dv: 20 }, { causal: true }],
    [{ Tq: 40, Tk: 300, Dv: 17 }, { causal: true }],
    [{ Tq: 70, Tk: 3 }, { causal: true }],
    [
      { Tq: 1, Tk: 300, D: 16 },
      { causal: true, k: 4 },
    ],
    // A kernel elsewhere reads no more than 1024 keys.
    [{ Tq: 2, Tk: 1100 }, {}],
    [{ B: 2, H: 4, Hkv: 2, Tq: 9, Tk: 11 }, {}],
    [
      { B: 2, H: 3, Hkv: 1, Tq: 9, Tk: 9 },
      { layout: "bhtd", causal: true },
    ],
    [{ Tk: 20, D: 300, Dv: 3 }, { k: 3 }],
    [
      { Tq: 6, Tk: 12 },
      { form: "linear", scale: 0.5 },
    ],
    [{ Tq: 6, Tk: 12 }, { table: 3 }],
    [{ B: 2, Tq: 4, Tk: 6 }, { keep: [1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0] }],
    [
      { Tq: 4, Tk: 6 },
      { keep: [0, 0, 1, 1, 0, 1], causal: true },
    ],
  ] as [Partial<Sizes>, LMulAttentionOptions & { keep?: number[] }][])("%o %o", (given, options) =>
    check(target, given, options),
  );

  test("a step of decoding is the last row of the whole", async () => {
    const { engine, on } = target;
    const [q, k, v] = [4, 5, 6].map((s) => engine.tensor(nearNormal(s, 40 * 16), { shape: [1, 40, 1, 16] }));
    const whole = await lmulAttention(q!, k!, v!, { causal: true, on }).data();
    const last = q!.reshape([40, 16]).rows(39, 40).reshape([1, 1, 1, 16]);
    const step = await lmulAttention(last, k!, v!, { causal: true, on }).data();
    expect(difference(step, whole.slice(39 * 16))).toBeUndefined();
  });

  test.each([["bf16"], ["e4m3"], ["e5m2"]] as [SmallFloat][])("%s operands are their values", async (dtype) => {
    const { engine, on } = target;
    const shape = [1, 12, 2, 8];
    const codes = [7, 8, 9].map((s) => encodeArray(dtype, nearNormal(s, 192)));
    const stored = codes.map((bits) => engine.fromBits(bits, { shape, dtype }));
    const wide = codes.map((bits) => engine.tensor(decodeArray(dtype, bits), { shape }));
    const k = { bf16: 7, e4m3: 3, e5m2: 2, f16: 10 }[dtype];
    const a = await lmulAttention(stored[0]!, stored[1]!, stored[2]!, { on }).data();
    const b = await lmulAttention(wide[0]!, wide[1]!, wide[2]!, { k, on }).data();
    expect(difference(a, b)).toBeUndefined();
    if (dtype === "bf16") return;
    const native = await lmulAttention(stored[0]!, stored[1]!, stored[2]!, { fp8Path: "native8", on }).data();
    expect(native.every(Number.isFinite)).toBe(true);
    expect(relativeFrobenius(native, b)).toBeLessThan(0.3);
  });

  test("nothing to see gives zeros", async () => {
    const { engine, on } = target;
    const q = engine.tensor(nearNormal(1, 16), { shape: [1, 2, 1, 8] });
    const none = engine.tensor([], { shape: [1, 0, 1, 8] });
    expect([...(await lmulAttention(q, none, none, { on }).data())]).toEqual(new Array(16).fill(0));
    expect((await lmulAttention(none, q, q, { on }).data()).length).toBe(0);
  });
});

test("one thread and several agree on every bit", async () => {
  const [one, many] = targets as [Target, Target];
  const results = [];
  for (const { engine } of [one, many]) {
    const tensors = [1, 2, 3].map((s) => engine.tensor(nearNormal(s, 100 * 2 * 16), { shape: [1, 100, 2, 16] }));
    results.push(await lmulAttention(tensors[0]!, tensors[1]!, tensors[2]!, { causal: true, k: 4, on: "wasm" }).data());
  }
  expect(difference(results[0]!, results[1]!)).toBeUndefined();
});
