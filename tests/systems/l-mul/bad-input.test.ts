/** Every public operation with what it must refuse: a named error that says which argument, on every backend. */
import { describe, expect, test } from "vitest";
import { OutOfMemoryError, WavefoldError } from "../../../src/backends/contract.js";
import type { Engine } from "../../../src/engine/engine.js";
import { lmulAttention } from "../../../src/systems/l-mul/attention.js";
import { baselineMatmul, fp8Multiply } from "../../../src/systems/l-mul/baseline.js";
import { lmulDot } from "../../../src/systems/l-mul/dot.js";
import { lmulMatmulGradients } from "../../../src/systems/l-mul/gradients.js";
import { lmulLinear } from "../../../src/systems/l-mul/linear.js";
import { lmul } from "../../../src/systems/l-mul/lmul.js";
import { lmulMatmul } from "../../../src/systems/l-mul/matmul.js";
import { lmulSlope } from "../../../src/systems/l-mul/slope.js";
import type { DType } from "../../../src/tensor/dtype.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { heldBy } from "../../support/engines.js";
import { openTargets } from "./backends.js";

const { targets } = await openTargets();
const other = targets[1]!.engine;

type Make = (shape: number[], dtype?: DType) => Tensor;
type Call = (make: Make, on: "wasm" | "webgpu") => unknown;

const disposed = (make: Make): Tensor => {
  const tensor = make([2]);
  tensor.dispose();
  return tensor;
};
const qkv = (make: Make) => [make([1, 2, 4, 8]), make([1, 3, 2, 8]), make([1, 3, 2, 8])] as const;

const table: [string, Call, RegExp][] = [
  ["nothing", () => lmul(undefined as never, undefined as never), /lmul: argument a must be a Tensor/],
  ["a number", (make) => lmul(make([2]), 3 as never), /argument b must be a Tensor, got number/],
  ["a disposed tensor", (make) => lmul(make([2]), disposed(make)), /argument b is disposed/],
  ["another engine's tensor", (make) => lmul(make([2]), other.tensor([1, 2])), /argument b belongs to another engine/],
  ["shapes that do not broadcast", (make, on) => lmul(make([2]), make([3]), { on }), /argument b has shape \[3\]/],
  ["integers", (make) => lmul(make([2], "i32"), make([2])), /argument a has dtype i32/],
  ["options that are none", (make) => lmul(make([2]), make([2]), 4 as never), /argument options must be an object/],
  ["k = 0", (make, on) => lmul(make([2]), make([2]), { k: 0, on }), /argument k is 0/],
  ["k = 24", (make, on) => lmul(make([2]), make([2]), { k: 24, on }), /argument k is 24/],
  ["k = NaN", (make, on) => lmulMatmul(make([2, 2]), make([2, 2]), { k: Number.NaN, on }), /argument k is NaN/],
  ["l = -1", (make, on) => lmul(make([2]), make([2]), { l: -1, on }), /argument l is -1/],
  ["l = 24", (make, on) => lmulAttention(...qkv(make), { l: 24, on }), /argument l is 24/],
  [
    "l of more bits than there are",
    (make, on) => lmul(make([2], "e4m3"), make([2], "e4m3"), { l: 4, fp8Path: "native8", on }),
    /argument l is 4; expected at most 3/,
  ],
  [
    "an offset of NaN",
    (make, on) => lmul(make([2]), make([2]), { offset: Number.NaN, on }),
    /argument offset is NaN; expected a number in \[0, 1\)/,
  ],
  ["an offset of 1", (make, on) => lmulDot(make([2]), make([2]), { offset: 1, on }), /argument offset is 1/],
  ["two constants", (make, on) => lmul(make([2]), make([2]), { l: 4, offset: 0.1, on }), /argument offset excludes l/],
  ["a table of 5 bits", (make, on) => lmul(make([2]), make([2]), { table: 5 as 4, on }), /argument table is 5/],
  [
    "a table of more bits than there are",
    (make, on) => lmul(make([2], "e5m2"), make([2], "e5m2"), { table: 3, fp8Path: "native8", on }),
    /argument table is 3; e5m2 has 2/,
  ],
  [
    "an unknown rounding",
    (make, on) => lmul(make([2]), make([2]), { mantissa: "up" as "rne", on }),
    /argument mantissa is up/,
  ],
  ["an unknown form", (make, on) => lmul(make([2]), make([2]), { form: 1 as never, on }), /argument form is 1/],
  [
    "an unknown treatment of zeros",
    (make, on) => lmulLinear(make([2, 2]), make([2, 2]), { special: "fast" as "raw", on }),
    /argument special is fast/,
  ],
  [
    "a flag of text",
    (make, on) => lmul(make([2]), make([2]), { saturate: "no" as never, on }),
    /argument saturate is no/,
  ],
  [
    "an unknown path",
    (make, on) => lmul(make([2], "e4m3"), make([2], "e4m3"), { fp8Path: "7" as "native8", on }),
    /argument fp8Path is 7/,
  ],
  ["k = 1.5", (make, on) => lmul(make([2]), make([2]), { k: 1.5, on }), /argument k is 1.5/],
  ["a backend of no name", (make) => lmul(make([2]), make([2]), { on: "cuda" as "wasm" }), /argument on is cuda/],
  ["out of another shape", (make, on) => lmul(make([2]), make([2]), { out: make([3]), on }), /argument out has shape/],
  [
    "out of another dtype",
    (make, on) => lmul(make([2]), make([2]), { out: make([2], "i32"), on }),
    /argument out has dtype i32/,
  ],
  ["native8 of f32", (make) => lmul(make([2]), make([2]), { fp8Path: "native8" }), /argument fp8Path/],
  ["a vector as matrix", (make) => lmulMatmul(make([2]), make([2, 2])), /argument a has shape \[2\]/],
  [
    "inner extents",
    (make, on) => lmulMatmul(make([2, 3]), make([4, 5]), { on }),
    /argument b has shape \[4, 5\], expected \[3, 5\]/,
  ],
  ["transposed inner extents", (make) => lmulMatmul(make([2, 3]), make([3, 5]), { transposeB: true }), /argument b/],
  ["batches", (make) => lmulMatmul(make([2, 2, 2]), make([3, 2, 2])), /argument b has shape \[3\]/],
  [
    "a flag that is none",
    (make) => lmulMatmul(make([2, 2]), make([2, 2]), { transposeA: 1 as never }),
    /argument transposeA is 1/,
  ],
  [
    "a way to accumulate",
    (make) => lmulMatmul(make([2, 2]), make([2, 2]), { accumulate: "f16" as never }),
    /argument accumulate is f16/,
  ],
  [
    "a bias of wrong length",
    (make) => lmulMatmul(make([2, 2]), make([2, 2]), { bias: make([3]) }),
    /argument bias has shape/,
  ],
  [
    "a bias of wrong dtype",
    (make) => lmulLinear(make([2, 2]), make([2, 2]), { bias: make([2], "f16") }),
    /argument bias has dtype/,
  ],
  ["a weight of wrong shape", (make) => lmulLinear(make([2, 2]), make([2, 3])), /argument weight has shape/],
  ["a matrix as vector", (make) => lmulDot(make([2, 2]), make([4])), /argument a has shape/],
  ["vectors of two lengths", (make) => lmulDot(make([2]), make([3])), /argument b has shape \[3\]/],
  [
    "three axes",
    (make) => lmulAttention(make([2, 2, 2]), ...(qkv(make).slice(1) as [Tensor, Tensor])),
    /argument q has shape/,
  ],
  ["heads that do not divide", (make) => lmulAttention(make([1, 2, 3, 8]), qkv(make)[1], qkv(make)[2]), /divides 3/],
  [
    "keys of other channels",
    (make) => lmulAttention(qkv(make)[0], make([1, 3, 2, 4]), qkv(make)[2]),
    /argument k has shape/,
  ],
  [
    "values of other length",
    (make) => lmulAttention(qkv(make)[0], qkv(make)[1], make([1, 4, 2, 8])),
    /argument v has shape/,
  ],
  ["a scale of NaN", (make) => lmulAttention(...qkv(make), { scale: Number.NaN }), /argument scale is NaN/],
  [
    "a layout of no name",
    (make) => lmulAttention(...qkv(make), { layout: "hbtd" as "bthd" }),
    /argument layout is hbtd/,
  ],
  [
    "a mask of floats",
    (make) => lmulAttention(...qkv(make), { keyMask: make([1, 3]) }),
    /argument keyMask has dtype f32/,
  ],
  [
    "a mask of other length",
    (make) => lmulAttention(...qkv(make), { keyMask: make([1, 2], "u8") }),
    /argument keyMask has shape/,
  ],
  ["weights of no format", (make) => lmulAttention(...qkv(make), { weights: "i8" as "f32" }), /argument weights is i8/],
  ["floats as 8-bit floats", (make) => fp8Multiply(make([2]), make([2])), /argument a has dtype f32/],
  ["two 8-bit dtypes", (make) => fp8Multiply(make([2], "e4m3"), make([2], "e5m2")), /argument b has dtype e5m2/],
  ["baseline inner extents", (make) => baselineMatmul(make([2, 3]), make([2, 3])), /baselineMatmul: argument b/],
  [
    "the slope of a step",
    (make) => lmulSlope(make([2], "e4m3"), make([2], "e4m3"), { fp8Path: "native8" }),
    /no derivative/,
  ],
  [
    "gradients of another shape",
    (make) => lmulMatmulGradients(make([2, 3]), make([3, 4]), make([2, 3]), { mode: "exact" }),
    /argument g/,
  ],
];

describe.each(targets.filter(({ engine }) => engine !== other))("$name", ({ engine, on }) => {
  test.each(table)("%s", (_, call, message) => {
    const made: Tensor[] = [];
    const make: Make = (shape, dtype = "f32") => {
      const tensor = tensorOf(engine, shape, dtype);
      made.push(tensor);
      return tensor;
    };
    const before = heldBy(engine);
    let caught: unknown;
    try {
      call(make, on);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(WavefoldError);
    expect(String(caught)).toMatch(message);
    for (const tensor of made) tensor.dispose();
    expect(heldBy(engine)).toBe(before);
  });

  test("more than there is memory for, and the engine goes on", async () => {
    await engine.warmup([lmul, lmulMatmul]);
    const [column, row] = [tensorOf(engine, [1 << 20, 1], "f32"), tensorOf(engine, [1, 1 << 20], "f32")];
    const before = heldBy(engine);
    expect(() => lmul(column, row, { on })).toThrow(on === "wasm" ? OutOfMemoryError : WavefoldError);
    expect(() => lmulMatmul(column, row, { on })).toThrow(on === "wasm" ? OutOfMemoryError : WavefoldError);
    expect(heldBy(engine)).toBe(before);
    const few = row.reshape([1 << 20]).rows(0, 2);
    expect([...(await lmul(few, few, { on }).data())]).toEqual([1.0625, 1.0625]);
    for (const tensor of [column, row]) tensor.dispose();
  });

  test("a refused call leaves its out as it was", async () => {
    const [a, out] = [engine.tensor([1, 2]), engine.tensor([7, 8])];
    expect(() => lmul(a, a, { k: 0, out, on })).toThrow(WavefoldError);
    expect([...(await out.data())]).toEqual([7, 8]);
  });
});

function tensorOf(engine: Engine, shape: number[], dtype: DType): Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return engine.tensor(new Array(size).fill(1), { shape, dtype });
}
