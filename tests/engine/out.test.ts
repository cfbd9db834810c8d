/** The option `out`: any argument may be passed again as the destination, and a wrong one is refused. */
import { beforeEach, describe, expect, test } from "vitest";
import { DTypeError, InputError, KernelError, ShapeError, UnsupportedError } from "../../src/backends/contract.js";
import type { Engine } from "../../src/engine/engine.js";
import { defineOp } from "../../src/ops/define-op.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { gpuEngine, gpuMissing, testEngine } from "./engines.js";
import { mix, mixed, reversed } from "./probe-ops.js";

const missing = await gpuMissing();
const u32 = (...values: number[]) => Uint32Array.from(values);
const counting = (length: number, from = 1) => Uint32Array.from({ length }, (_, i) => from + i);

/** Two results at once: the sum and the difference. */
const sumAndDifference = defineOp({
  name: "sumAndDifference",
  prepare: (a: Tensor, b: Tensor, options: { out?: [Tensor, Tensor] } = {}) => ({
    inputs: [a, b],
    outputs: [
      { shape: a.shape, dtype: "u32" as const },
      { shape: a.shape, dtype: "u32" as const },
    ],
    params: undefined,
    out: options.out ?? [],
  }),
  work: () => ({ operations: 1, bytes: 1, rate: "integer" as const }),
  plain: {
    run([a, b], [sum, difference]) {
      if (!a || !b || !sum || !difference) return;
      for (let i = 0; i < sum.bits.length; i++) {
        const [x, y] = [a.bits[i] as number, b.bits[i] as number];
        sum.bits[i] = x + y;
        difference.bits[i] = x - y;
      }
    },
  },
  finish: (outputs) => outputs,
  bound: "exact",
});

describe.each(["wasm", "webgpu"] as const)("out on %s", (on) => {
  beforeEach(({ skip }) => skip(on === "webgpu" && missing !== undefined, missing));
  const open = (): Promise<Engine> | Engine => (on === "webgpu" ? gpuEngine() : testEngine());

  test("is what is returned, and holds the result", async () => {
    const engine = await open();
    const [a, b, out] = [engine.tensor(counting(100)), engine.tensor(counting(100, 7)), engine.tensor(counting(100))];
    const { tensors } = engine.memory();
    expect(mix(a, b, { out, on })).toBe(out);
    expect(await out.data()).toEqual(counting(100).map((x, i) => mixed(3, x, 7 + i)));
    expect(engine.memory().tensors).toBe(tensors);
  });

  test("may be any argument, or all of them", async () => {
    const engine = await open();
    const expected = counting(100).map((x, i) => mixed(3, x, 7 + i));
    for (const which of [0, 1] as const) {
      const inputs = [engine.tensor(counting(100)), engine.tensor(counting(100, 7))] as const;
      mix(...inputs, { out: inputs[which], on });
      expect(await inputs[which].data()).toEqual(expected);
      expect(await inputs[1 - which]?.data()).toEqual(counting(100, which === 0 ? 7 : 1));
    }
    const both = engine.tensor(u32(1, 2, 3));
    mix(both, both, { out: both, on });
    expect(await both.data()).toEqual(u32(4, 8, 12));
  });

  test.each([64, 6])("may be a view: the rest of its base stays (rows of %i)", async (row) => {
    const engine = await open();
    const base = engine.tensor(counting(4 * row), { shape: [4, row] });
    const middle = base.rows(1, 2);
    mix(middle, base.rows(3, 4), { out: middle, on });
    const expected = counting(4 * row);
    for (let i = row; i < 2 * row; i++) expected[i] = mixed(3, i + 1, 1 + i + 2 * row);
    expect(await base.data()).toEqual(expected);
  });

  test.each([64, 6])("may overlap an argument (rows of %i)", async (row) => {
    const engine = await open();
    const base = engine.tensor(counting(4 * row), { shape: [4, row] });
    mix(base.rows(0, 3), base.rows(0, 3), { out: base.rows(1, 4), on });
    const shifted = counting(3 * row).map((x) => 4 * x);
    expect(await base.data()).toEqual(u32(...counting(row), ...shifted));
  });

  test("changes every tensor over the same storage, wherever its copies were", async () => {
    const engine = await open();
    const a = engine.tensor(counting(8));
    const alias = a.reshape([2, 4]);
    // A copy on either side, so that writing one must end the other.
    mix(a, a, { on: "wasm" });
    mix(a, a, { on });
    mix(a, a, { out: a, on });
    expect(await alias.data()).toEqual(counting(8).map((x) => 4 * x));
    expect(reversed(alias, { out: alias }) && (await a.data())).toEqual(counting(8).map((x) => 4 * (9 - x)));
  });

  test("must have the result's shape and dtype, and belong to the engine", async () => {
    const engine = await open();
    const a = engine.tensor(u32(1, 2));
    const refused: [unknown, new (...args: never[]) => Error, string][] = [
      [engine.tensor(u32(1)), ShapeError, "mix: argument out has shape [1], expected [2]"],
      [a.reshape([2, 1]), ShapeError, "mix: argument out has shape [2, 1], expected [2]"],
      [engine.tensor([1, 2]), DTypeError, "mix: argument out has dtype f32, expected u32"],
      [testEngine().tensor(u32(1, 2)), InputError, "mix: argument out belongs to another engine"],
      [u32(1, 2), InputError, "mix: argument out must be a Tensor, got object"],
      [null, InputError, "mix: argument out must be a Tensor, got null"],
    ];
    for (const [out, expected, message] of refused) {
      expect(() => mix(a, a, { out: out as Tensor, on })).toThrow(expected);
      expect(() => mix(a, a, { out: out as Tensor, on })).toThrow(message);
    }
    expect(await a.data()).toEqual(u32(1, 2));
  });
});

describe("out of an operation that throws", () => {
  const failing = defineOp({
    name: "failing",
    prepare: (a: Tensor, options: { out?: Tensor } = {}) => ({
      inputs: [a],
      outputs: [{ shape: a.shape, dtype: a.dtype }],
      params: undefined,
      out: [options.out],
    }),
    work: () => ({ operations: 1, bytes: 1, rate: "integer" as const }),
    plain: {
      run(_, [result]) {
        result?.bits.fill(99);
        throw new RangeError("half way");
      },
    },
    bound: "exact",
  });

  test("carries the error until it is written again; on an argument, it keeps what it held", async () => {
    const engine = testEngine();
    const [a, out] = [engine.tensor(u32(1, 2)), engine.tensor(u32(5, 6))];
    expect(() => failing(a, { out })).toThrow("half way");
    await expect(out.data()).rejects.toThrow("failing: RangeError: half way");
    expect(() => mix(a, out)).toThrow(KernelError);
    expect(mix(a, a, { out }).dataSync()).toEqual(u32(4, 8));
    expect(() => failing(a, { out: a })).toThrow("half way");
    expect(a.dataSync()).toEqual(u32(1, 2));
    expect(engine.memory().tensors).toBe(2);
  });
});

describe("out of several results", () => {
  test("names one tensor each; an argument may be among them", () => {
    const engine = testEngine();
    const [a, b] = [engine.tensor(u32(5, 6)), engine.tensor(u32(1, 2))];
    expect(sumAndDifference(a, b, { out: [b, a] })).toEqual([b, a]);
    expect([b.dataSync(), a.dataSync()]).toEqual([u32(6, 8), u32(4, 4)]);
  });

  test("may be rows of one base", () => {
    const engine = testEngine();
    const base = engine.tensor(u32(5, 6, 1, 2), { shape: [2, 2] });
    const [a, b] = [base.rows(0, 1), base.rows(1, 2)];
    sumAndDifference(a, b, { out: [a, b] });
    expect(base.dataSync()).toEqual(u32(6, 8, 4, 4));
  });

  test("may not share memory", () => {
    const engine = testEngine();
    const a = engine.tensor(u32(5, 6));
    expect(() => sumAndDifference(a, a, { out: [a, a] })).toThrow(InputError);
    expect(() => sumAndDifference(a, a, { out: [a, a.alias()] })).toThrow(
      "sumAndDifference: argument out names tensors that share memory for two results",
    );
    expect(a.dataSync()).toEqual(u32(5, 6));
  });
});

describe("a caller's GPU buffer", () => {
  beforeEach(({ skip }) => skip(missing !== undefined, missing));

  const deviceOf = (engine: Engine): GPUDevice => engine.requireGpu("test").device;
  function buffer(engine: Engine, size = 256): GPUBuffer {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    return deviceOf(engine).createBuffer({ size, usage });
  }

  test("is read and written in place, and is not released", async () => {
    const engine = await gpuEngine();
    const own = buffer(engine);
    deviceOf(engine).queue.writeBuffer(own, 0, counting(8));
    const tensor = engine.fromGpuBuffer(own, { shape: [8], dtype: "u32" });
    expect(await tensor.data()).toEqual(counting(8));
    expect(await tensor.gpuBuffer()).toBe(own);
    mix(tensor, tensor, { out: tensor });
    expect(await tensor.gpuBuffer()).toBe(own);
    tensor.dispose();
    const again = engine.fromGpuBuffer(own, { shape: [2, 4], dtype: "u32" });
    expect(await again.data()).toEqual(counting(8).map((x) => 4 * x));
    own.destroy();
  });

  test("refuses an operation that could only write elsewhere", async () => {
    const engine = await gpuEngine();
    const tensor = engine.fromGpuBuffer(buffer(engine), { shape: [8], dtype: "u32" });
    expect(() => reversed(tensor, { out: tensor })).toThrow(UnsupportedError);
    expect(() => mix(tensor, tensor, { out: tensor, on: "wasm" })).toThrow(UnsupportedError);
  });

  test("must be large enough, usable and of a dtype that GPUs have", async () => {
    const engine = await gpuEngine();
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const mapped = deviceOf(engine).createBuffer({ size: 256, usage });
    const from = (source: unknown, shape: unknown, dtype: unknown) => () =>
      engine.fromGpuBuffer(source as GPUBuffer, { shape: shape as number[], dtype: dtype as "f32" });
    expect(from(buffer(engine, 16), [5], "f32")).toThrow("argument buffer has 16 bytes; 32 are needed");
    expect(from(mapped, [4], "f32")).toThrow("argument buffer lacks one of the usages");
    expect(from(buffer(engine), [4], "f64")).toThrow("argument dtype is f64");
    expect(from(buffer(engine), [-4], "f32")).toThrow("argument shape has extent -4");
    expect(from(undefined, [4], "f32")).toThrow(InputError);
    expect(from({}, [4], "f32")).toThrow(InputError);
  });

  test("needs a GPU", () => {
    const from = () => testEngine().fromGpuBuffer({} as GPUBuffer, { shape: [1], dtype: "f32" });
    expect(from).toThrow("fromGpuBuffer: this engine has no GPU: the test has none");
  });
});
