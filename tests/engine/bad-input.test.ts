/** What users hand in by mistake, and the error that says so. Nothing is allocated for any of it. */
import { describe, expect, test } from "vitest";
import {
  DTypeError,
  InputError,
  ShapeError,
  UnsupportedError,
  type WavefoldError,
} from "../../src/backends/contract.js";
import type { Engine } from "../../src/engine/engine.js";
import { defineOp } from "../../src/ops/define-op.js";
import { testEngine } from "./engines.js";
import { mix } from "./probe-ops.js";

type ErrorClass = new (...args: never[]) => WavefoldError;
type Case = [what: string, call: (engine: Engine) => unknown, error: ErrorClass, message: string];

function detached<T extends Float32Array | Uint8Array>(array: T): T {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}

function endless(): unknown[] {
  const array: unknown[] = [];
  array.push(array);
  return array;
}

/** Calls whose arguments TypeScript would refuse are made through this. */
const loose = (value: unknown) => value as never;

const creation: Case[] = [
  ["nothing", (e) => e.tensor(loose(undefined)), InputError, "argument values must be a number, an array or a typed"],
  ["null", (e) => e.tensor(loose(null)), InputError, "got null"],
  ["a string", (e) => e.tensor(loose("1")), InputError, "got string"],
  ["an ArrayBuffer", (e) => e.tensor(loose(new ArrayBuffer(8))), InputError, "got object"],
  ["a DataView", (e) => e.tensor(loose(new DataView(new ArrayBuffer(8)))), InputError, "argument values must be"],
  ["a bigint array", (e) => e.tensor(loose(new BigInt64Array(1))), InputError, "argument values holds bigints"],
  ["an array of strings", (e) => e.tensor(loose([1, "2"])), InputError, "holds a string at index 1"],
  ["an array with a hole", (e) => e.tensor(loose(new Array(2))), InputError, "holds a undefined at index 0"],
  ["ragged nesting", (e) => e.tensor([[1, 2], [3]]), InputError, "is ragged: axis 1 has 2 elements in one place and 1"],
  ["a number beside an array", (e) => e.tensor([[1], 2]), InputError, "is ragged"],
  ["an array beside a number", (e) => e.tensor([1, [2]]), InputError, "holds a object at index 1"],
  ["strings in nesting", (e) => e.tensor(loose([["1"]])), InputError, "holds a string where a number is expected"],
  ["an array that contains itself", (e) => e.tensor(loose(endless())), InputError, "is nested over 64 deep"],
  ["a detached array", (e) => e.tensor(detached(new Float32Array(2))), InputError, "argument values is detached"],
  [
    "too few values",
    (e) => e.tensor([1], { shape: [2] }),
    ShapeError,
    "has shape [1], expected 2 elements for shape [2]",
  ],
  ["too many values", (e) => e.tensor([1, 2], { shape: [] }), ShapeError, "has shape [2], expected 1 elements"],
  ["a negative extent", (e) => e.tensor([], { shape: [-1, 0] }), InputError, "argument shape has extent -1"],
  ["a fractional extent", (e) => e.tensor([1], { shape: [0.5] }), InputError, "argument shape has extent 0.5"],
  ["an enormous shape", (e) => e.tensor([1], { shape: [1e5, 1e5] }), InputError, "has more than 2^32 elements"],
  ["a shape that is a number", (e) => e.tensor([1], { shape: loose(1) }), InputError, "must be an array of extents"],
  ["a shape for options", (e) => e.tensor([1], loose([1])), InputError, "argument options must be an object"],
  ["null for options", (e) => e.tensor([1], loose(null)), InputError, "argument options must be an object"],
  ["an unknown dtype", (e) => e.tensor([1], { dtype: loose("float32") }), InputError, "argument dtype is float32"],
  ["an inherited name as dtype", (e) => e.tensor([1], { dtype: loose("toString") }), InputError, "argument dtype is"],
  ["an array without a dtype of its own", (e) => e.tensor(new Uint16Array(1)), DTypeError, "has dtype Uint16Array"],
  [
    "a fraction as i32",
    (e) => e.tensor([1, 1.5], { dtype: "i32" }),
    InputError,
    "holds 1.5 at index 1, which is no i32",
  ],
  ["NaN as u8", (e) => e.tensor([Number.NaN], { dtype: "u8" }), InputError, "holds NaN at index 0, which is no u8"],
  ["too large for i8", (e) => e.tensor([128], { dtype: "i8" }), InputError, "holds 128 at index 0, which is no i8"],
  ["below zero as u32", (e) => e.tensor([-1], { dtype: "u32" }), InputError, "holds -1 at index 0, which is no u32"],
  ["infinity as i32", (e) => e.tensor([Infinity], { dtype: "i32" }), InputError, "holds Infinity at index 0"],
];

const bits: Case[] = [
  [
    "nothing",
    (e) => e.fromBits(loose(undefined), { shape: [], dtype: "f32" }),
    InputError,
    "bits must be a Float32Array",
  ],
  ["no options", (e) => e.fromBits(new Float32Array(1), loose(undefined)), InputError, "argument options must be"],
  [
    "an array",
    (e) => e.fromBits(loose([1]), { shape: [1], dtype: "f32" }),
    InputError,
    "must be a Float32Array for f32",
  ],
  [
    "another array type",
    (e) => e.fromBits(new Float32Array(1), { shape: [1], dtype: "f16" }),
    InputError,
    "Uint16Array",
  ],
  ["another length", (e) => e.fromBits(new Uint8Array(3), { shape: [2], dtype: "e4m3" }), ShapeError, "has shape [3]"],
  ["an unknown dtype", (e) => e.fromBits(new Uint8Array(1), { shape: [1], dtype: loose("f8") }), InputError, "is f8"],
  ["no shape", (e) => e.fromBits(new Uint8Array(1), loose({ dtype: "u8" })), InputError, "must be an array of extents"],
  [
    "a detached array",
    (e) => e.fromBits(detached(new Uint8Array(2)), { shape: [0], dtype: "u8" }),
    InputError,
    "detached",
  ],
];

const views: Case[] = [
  [
    "another size",
    (e) => e.tensor([1, 2]).reshape([3]),
    ShapeError,
    "argument shape has shape [3], expected 2 elements",
  ],
  [
    "a free extent that does not divide",
    (e) => e.tensor([1, 2, 3]).reshape([2, -1]),
    ShapeError,
    "has shape [2, -1], expected 3 elements",
  ],
  ["two free extents", (e) => e.tensor([1, 2]).reshape([-1, -1]), InputError, "argument shape has extent -1"],
  ["a free extent beside none", (e) => e.tensor([1]).reshape([0, -1]), ShapeError, "expected 1 elements in all"],
  ["a fraction", (e) => e.tensor([1, 2]).reshape([0.5, 4]), InputError, "has extent 0.5"],
  ["no shape", (e) => e.tensor([1, 2]).reshape(loose(undefined)), InputError, "must be an array of extents"],
  ["rows of a scalar", (e) => e.tensor(1).rows(0, 1), ShapeError, "has shape [], expected at least one axis"],
  ["rows past the end", (e) => e.tensor([1, 2]).rows(1, 3), InputError, "are 1, 3; expected 0 <= start <= end <= 2"],
  ["rows backwards", (e) => e.tensor([1, 2]).rows(2, 1), InputError, "are 2, 1"],
  ["rows below zero", (e) => e.tensor([1, 2]).rows(-1, 1), InputError, "are -1, 1"],
  ["rows between rows", (e) => e.tensor([1, 2]).rows(0, 0.5), InputError, "are 0, 0.5"],
];

const calls: Case[] = [
  [
    "an array for a tensor",
    (e) => mix(loose([1]), e.tensor([1])),
    InputError,
    "mix: argument a must be a Tensor, got object",
  ],
  [
    "nothing for the second",
    (e) => mix(e.tensor([1]), loose(undefined)),
    InputError,
    "argument b must be a Tensor, got undef",
  ],
  ["nothing at all", () => mix(loose(1), loose(2)), InputError, "mix: argument #0 must be a Tensor"],
  [
    "a tensor of another engine",
    (e) => mix(e.tensor([1]), testEngine().tensor([1])),
    InputError,
    "b belongs to another engine",
  ],
  [
    "a backend that is not there",
    (e) => mix(e.tensor([1]), e.tensor([1]), { on: "webgpu" }),
    UnsupportedError,
    "cannot run on webgpu",
  ],
  [
    "an unknown backend",
    (e) => mix(e.tensor([1]), e.tensor([1]), { on: loose("cuda") }),
    UnsupportedError,
    "cannot run on cuda",
  ],
  [
    "an operation of nothing",
    () => defineOp(loose({ name: "empty" })),
    InputError,
    "(empty) has no wasm, plain or webgpu",
  ],
];

describe.each<[string, Case[]]>([
  ["engine.tensor", creation],
  ["engine.fromBits", bits],
  ["views", views],
  ["operations", calls],
])("%s refuses", (_, cases) => {
  test.each(cases)("%s", (_, call, expected, message) => {
    const engine = testEngine();
    expect(() => engine.scope(() => call(engine))).toThrow(expected);
    expect(() => engine.scope(() => call(engine))).toThrow(message);
    expect(engine.memory()).toMatchObject({ tensors: 0, wasm: { usedBytes: 0 } });
  });
});

describe("engine.tensor takes", () => {
  test.each<[string, Parameters<Engine["tensor"]>, string, ArrayLike<number>, number[]]>([
    ["a number", [3], "f32", [3], []],
    [
      "nested arrays",
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
      "f32",
      [1, 2, 3, 4],
      [2, 2],
    ],
    ["no elements", [[]], "f32", [], [0]],
    ["nesting around no elements", [[[], []]], "f32", [], [2, 0]],
    ["a typed array and a shape", [Int8Array.of(1, -2), { shape: [2, 1] }], "i8", [1, -2], [2, 1]],
    ["clamped bytes", [Uint8ClampedArray.of(255)], "u8", [255], [1]],
    ["doubles rounded to f16", [[1 / 3], { dtype: "f16" }], "f16", [0.333251953125], [1]],
    ["any finite number as f32", [[1e300]], "f32", [Infinity], [1]],
    ["NaN and infinity as floats", [[Number.NaN, -Infinity], { dtype: "bf16" }], "bf16", [Number.NaN, -Infinity], [2]],
    ["whole numbers as integers", [Float64Array.of(-7), { dtype: "i32" }], "i32", [-7], [1]],
    ["a window of a larger buffer", [new Float32Array([9, 1, 9]).subarray(1, 2)], "f32", [1], [1]],
    ["shared memory", [new Float32Array(new SharedArrayBuffer(4))], "f32", [0], [1]],
  ])("%s", async (_, args, dtype, values, shape) => {
    const tensor = testEngine().tensor(...args);
    expect({ dtype: tensor.dtype, shape: tensor.shape, values: Array.from(await tensor.data()) }).toEqual({
      dtype,
      shape,
      values: Array.from(values),
    });
  });

  test("a copy: the caller's array may change afterwards", () => {
    const values = Float32Array.of(1);
    const tensor = testEngine().tensor(values);
    values[0] = 2;
    const data = tensor.dataSync();
    expect(data).toEqual(Float32Array.of(1));
    data[0] = 3;
    expect(tensor.dataSync()).toEqual(Float32Array.of(1));
  });
});
