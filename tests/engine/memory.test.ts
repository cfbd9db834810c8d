import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { beforeEach, describe, expect, test } from "vitest";
import { DisposedError, OutOfMemoryError, type WavefoldError } from "../../src/backends/contract.js";
import { gpuEngine, gpuMissing, testEngine } from "./engines.js";
import { mix, reversed } from "./probe-ops.js";

const missing = await gpuMissing();
const u32 = (...values: number[]) => Uint32Array.from(values);

describe("account", () => {
  test("counts tensors and bytes until they are disposed", () => {
    const engine = testEngine();
    expect(engine.memory()).toMatchObject({ tensors: 0, leaked: 0, wasm: { usedBytes: 0 }, webgpu: undefined });
    const a = engine.tensor(new Float32Array(1000));
    const view = a.reshape([10, 100]);
    expect(engine.memory().tensors).toBe(2);
    expect(engine.memory().wasm.usedBytes).toBe(4032);
    a.dispose();
    a.dispose();
    expect(engine.memory()).toMatchObject({ tensors: 1, wasm: { usedBytes: 4032 } });
    view.dispose();
    expect(engine.memory()).toMatchObject({ tensors: 0, wasm: { usedBytes: 0, peakBytes: 4032 } });
  });

  test("names who made what is still alive, oldest first", () => {
    const engine = testEngine();
    const a = engine.tensor(u32(1, 2), { shape: [1, 2] });
    const b = mix(a, a);
    a.reshape([2]);
    a.dispose();
    expect(engine.liveTensors()).toEqual([
      { shape: [1, 2], dtype: "u32", bytes: 8, madeBy: "mix" },
      { shape: [2], dtype: "u32", bytes: 8, madeBy: "view" },
    ]);
    expect(b.disposed).toBe(false);
  });

  test("an operation leaves nothing but its result", () => {
    const engine = testEngine();
    const a = engine.tensor(u32(1, 2));
    const before = engine.memory().wasm.usedBytes;
    for (let i = 0; i < 10; i++) mix(a, a).dispose();
    for (let i = 0; i < 10; i++) reversed(a, { out: a });
    expect(engine.memory().wasm.usedBytes).toBe(before);
  });

  test("a tensor of no elements is a tensor", async () => {
    const engine = testEngine();
    const empty = engine.tensor(new Uint32Array(0), { shape: [0, 3] });
    expect(await mix(empty, empty).data()).toEqual(new Uint32Array(0));
  });
});

describe("using", () => {
  test("disposes tensors and engines at the end of their block", () => {
    const engine = testEngine();
    {
      using a = engine.tensor(1);
      expect(a.disposed).toBe(false);
    }
    expect(engine.memory().tensors).toBe(0);
    {
      using same = engine;
      expect(same.destroyed).toBe(false);
    }
    expect(engine.destroyed).toBe(true);
  });
});

describe("a disposed tensor", () => {
  test("is refused everywhere by name", async () => {
    const engine = testEngine();
    const a = engine.tensor(u32(1));
    const gone = engine.tensor(u32(1));
    gone.dispose();
    expect(() => mix(gone, a)).toThrow("mix: argument a is disposed");
    expect(() => mix(a, gone)).toThrow("mix: argument b is disposed");
    expect(() => mix(a, a, { out: gone })).toThrow("mix: argument out is disposed");
    expect(() => gone.reshape([1])).toThrow(DisposedError);
    expect(() => gone.rows(0, 1)).toThrow(DisposedError);
    expect(() => gone.alias()).toThrow(DisposedError);
    expect(() => gone.dataSync()).toThrow(DisposedError);
    await expect(gone.data()).rejects.toThrow(DisposedError);
    await expect(gone.item()).rejects.toThrow(DisposedError);
    expect(String(gone)).toBe("Tensor(u32 [1], disposed)");
  });

  test("still gives what was asked of it before", async () => {
    const engine = testEngine();
    const a = engine.tensor(u32(7));
    const read = a.data();
    a.dispose();
    expect(await read).toEqual(u32(7));
  });
});

describe("a destroyed engine", () => {
  test("is refused by name, by itself and through its tensors", async () => {
    const engine = testEngine();
    const a = engine.tensor(u32(1));
    engine.destroy();
    engine.destroy();
    expect(() => engine.tensor(1)).toThrow("tensor: argument engine is destroyed");
    expect(() => engine.fromBits(u32(1), { shape: [1], dtype: "u32" })).toThrow(DisposedError);
    expect(() => mix(a, a)).toThrow(DisposedError);
    expect(() => engine.explain(mix, a, a)).toThrow(DisposedError);
    expect(() => a.reshape([1])).toThrow(DisposedError);
    expect(() => a.dataSync()).toThrow(DisposedError);
    await expect(a.data()).rejects.toThrow(DisposedError);
    await expect(engine.warmup([mix])).rejects.toThrow(DisposedError);
    await expect(engine.calibrate()).rejects.toThrow(DisposedError);
    expect(() => a.dispose()).not.toThrow();
  });

  test("leaves another engine alone", () => {
    const [one, other] = [testEngine(), testEngine()];
    const a = other.tensor(u32(2));
    one.destroy();
    expect(mix(a, a).dataSync()).toEqual(u32(8));
  });
});

describe("a cap on WebAssembly memory", () => {
  const cap = 1 << 20;

  test("is met with OutOfMemoryError, after which the engine goes on", () => {
    const engine = testEngine({ maxWasmBytes: cap });
    const a = engine.tensor(new Uint32Array(50_000).fill(1));
    const b = mix(a, a);
    const caught = thrownBy(() => [mix(a, a), mix(a, b), mix(b, b), mix(b, a)]);
    expect(caught).toBeInstanceOf(OutOfMemoryError);
    expect((caught as OutOfMemoryError).code).toBe("E_OUT_OF_MEMORY");
    expect((caught as OutOfMemoryError).requestedBytes).toBeGreaterThanOrEqual(200_000);
    expect(caught?.message).toMatch(
      /^mix: cannot allocate 2000\d\d bytes: WebAssembly memory is limited to 1048576 bytes$/,
    );
    const { tensors } = engine.memory();
    b.dispose();
    expect(mix(a, a).dataSync()[0]).toBe(4);
    expect(engine.memory().tensors).toBe(tensors);
  });

  test("is met with OutOfMemoryError at creation, too", () => {
    const engine = testEngine({ maxWasmBytes: cap });
    expect(() => engine.tensor(new Float32Array(1 << 20))).toThrow(OutOfMemoryError);
    expect(engine.memory()).toMatchObject({ tensors: 0, wasm: { usedBytes: 0 } });
    expect(engine.tensor(u32(1)).dataSync()).toEqual(u32(1));
  });

  test("holds nothing back after many rounds of being met", () => {
    const engine = testEngine({ maxWasmBytes: cap });
    for (let round = 0; round < 50; round++) {
      engine.scope(() => {
        const a = engine.tensor(new Uint32Array(60_000));
        expect(() => Array.from({ length: 8 }, () => mix(a, a))).toThrow(OutOfMemoryError);
      });
    }
    expect(engine.memory()).toMatchObject({ tensors: 0, wasm: { usedBytes: 0 } });
  });

  test("keeps an out argument as it was when there is no room for the result", () => {
    const engine = testEngine({ maxWasmBytes: cap });
    const a = engine.tensor(new Uint32Array(60_000).fill(1));
    const b = engine.tensor(new Uint32Array(60_000).fill(2));
    const filler = engine.tensor(new Uint32Array(60_000));
    const rest = engine.tensor(new Uint32Array(50_000));
    // The result lies on an input, so it needs room of its own before it can take the place.
    expect(() => reversed(a, { out: a })).toThrow(OutOfMemoryError);
    expect(a.dataSync()[0]).toBe(1);
    expect(b.dataSync()[0]).toBe(2);
    filler.dispose();
    rest.dispose();
    expect(reversed(a, { out: a })).toBe(a);
  });
});

describe("a cap on GPU memory", () => {
  beforeEach(({ skip }) => skip(missing !== undefined, missing));

  test("is met with OutOfMemoryError, after which the engine goes on", async () => {
    const engine = await gpuEngine({ capBytes: 1 << 20 });
    const a = engine.tensor(new Uint32Array(50_000).fill(1));
    const results = [mix(a, a, { on: "webgpu" })];
    expect(() => {
      for (let i = 0; i < 9; i++) results.push(mix(a, a, { on: "webgpu" }));
    }).toThrow(/^mix: cannot allocate 2000\d\d bytes: the engine's GPU memory cap is 1048576 bytes$/);
    expect(engine.memory().tensors).toBe(results.length + 1);
    for (const result of results) expect((await result.data())[0]).toBe(4);
    for (const result of results) result.dispose();
    expect((await mix(a, a, { on: "webgpu" }).data())[49_999]).toBe(4);
  });
});

describe("a tensor that nobody disposes", () => {
  test("gives its memory back when it is collected, and shows as leaked", async () => {
    const engine = testEngine();
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const leak = () => void engine.tensor(new Float32Array(1000));
    leak();
    for (let i = 0; i < 50 && engine.memory().leaked === 0; i++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    expect(engine.memory()).toMatchObject({ tensors: 0, leaked: 1, wasm: { usedBytes: 0 } });
  });
});

function thrownBy(body: () => unknown): WavefoldError | undefined {
  try {
    body();
  } catch (error) {
    return error as WavefoldError;
  }
  return undefined;
}
