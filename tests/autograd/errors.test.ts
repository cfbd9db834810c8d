/** Everything that cannot be differentiated says so, with the operation and the argument. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { checkGradients, checkpoint, grad, record, stopGradient, valueAndGrad } from "../../src/autograd/index.js";
import {
  attention,
  attentionBackward,
  attentionWithLse,
  createEngine,
  DisposedError,
  DTypeError,
  defineOp,
  type Engine,
  exp,
  InputError,
  mul,
  type OpSpec,
  ShapeError,
  square,
  sum,
  type Tensor,
  tanh,
  UnsupportedError,
} from "../../src/index.js";
import { heldBy } from "../support/engines.js";

let engine: Engine;
let other: Engine;
beforeAll(async () => {
  [engine, other] = await Promise.all([createEngine({ webgpu: false }), createEngine({ webgpu: false, threads: 1 })]);
});
afterAll(() => {
  engine.destroy();
  other.destroy();
});

let x: Tensor;
let before: number;
beforeEach(() => {
  x = engine.tensor([1, 2]);
  before = heldBy(engine);
});

const spec: OpSpec<[a: Tensor], undefined> = {
  name: "mine",
  prepare: (a: Tensor) => ({
    inputs: [a],
    names: ["a"],
    outputs: [{ shape: a.shape, dtype: a.dtype }],
    params: undefined,
  }),
  work: () => ({ operations: 1, bytes: 8, rate: "stream" }),
  plain: { run: ([from], [to]) => to!.bits.set(from!.bits as never) },
  bound: "exact",
};
const mine = defineOp(spec);
const wrongShape = defineOp({ ...spec, gradient: () => [{ to: [0], reads: [], run: ([dy]) => [dy!.rows(0, 1)] }] });
const wrongDType = defineOp({
  ...spec,
  gradient: () => [{ to: [0], reads: [], run: ([dy]) => [dy!.engine.tensor(Float64Array.of(1, 2))] }],
});
const incomplete = defineOp({ ...spec, gradient: () => [] });

// biome-ignore lint/suspicious/noExplicitAny: classes of errors
const rows: readonly [name: string, attempt: () => unknown, type: any, message: RegExp][] = [
  [
    "an argument that is no tensor",
    () => grad((a: { w: unknown }) => sum(a.w as Tensor))({ w: 3 }),
    InputError,
    /grad: argument #0 must be a Tensor/,
  ],
  [
    "a number among the tensors",
    () => grad((a: { w: Tensor; rate: number }) => sum(a.w))({ w: x, rate: 3 }),
    InputError,
    /grad: argument #0\.rate must be a Tensor, got number/,
  ],
  [
    "an argument of integers",
    () => grad((a: Tensor[]) => sum(a[0]!))([x, engine.tensor(Int32Array.of(1))]),
    DTypeError,
    /grad: argument #0\[1\] has dtype i32, expected a float/,
  ],
  [
    "the same tensor twice",
    () => grad((a: Tensor[]) => mul(a[0]!, a[1]!))([x, x]),
    InputError,
    /grad: argument #0\[1\] is the same tensor as #0\[0\]/,
  ],
  [
    "an argument that does not exist",
    () => grad((a: Tensor) => sum(a), { of: 1 as never })(x),
    InputError,
    /grad: argument of names argument 1; there are 1/,
  ],
  [
    "arguments of two engines",
    () => grad((a: Tensor, _b: Tensor) => sum(a))(x, other.tensor(1)),
    InputError,
    /grad: argument #1 belongs to another engine/,
  ],
  [
    "operands of two engines",
    () => grad((a: Tensor) => sum(mul(a, other.tensor(1))))(x),
    InputError,
    /mul: argument b belongs to another engine/,
  ],
  [
    "a value of another engine",
    () => grad((_: Tensor) => other.tensor(1))(x),
    InputError,
    /grad: argument value belongs to another engine/,
  ],
  [
    "a value that is no tensor",
    () => valueAndGrad((_: Tensor) => 3 as never)(x),
    InputError,
    /valueAndGrad: argument value must be a Tensor, got number/,
  ],
  [
    "a value of integers",
    () => grad((_: Tensor) => engine.tensor(Int32Array.of(1)))(x),
    DTypeError,
    /grad: argument value has dtype i32/,
  ],
  [
    "a function that returns a promise",
    () => grad((async (a: Tensor) => sum(a)) as never)(x),
    InputError,
    /grad: argument fn returned a promise/,
  ],
  [
    "a value of several elements without a seed",
    () => grad((a: Tensor) => exp(a))(x),
    ShapeError,
    /grad: argument value has shape \[2\], expected one element, or a seed/,
  ],
  [
    "a seed of another shape",
    () => record((a: Tensor) => exp(a), [x]).backward(engine.tensor([1])),
    ShapeError,
    /record: argument seed has shape \[1\], expected \[2\]/,
  ],
  [
    "a seed of another dtype",
    () => record((a: Tensor) => exp(a), [x]).backward(engine.tensor(Float64Array.of(1, 1))),
    DTypeError,
    /record: argument seed has dtype f64/,
  ],
  [
    "a seed of another engine",
    () => record((a: Tensor) => exp(a), [x]).backward(other.tensor([1, 1])),
    InputError,
    /record: argument seed belongs to another engine/,
  ],
  [
    "a tape used twice",
    () => {
      const recording = record((a: Tensor) => sum(a), [x]);
      recording.backward();
      recording.backward();
    },
    DisposedError,
    /record: argument tape has been used and freed/,
  ],
  [
    "a gradient of a gradient",
    () => grad((a: Tensor) => sum(grad((b: Tensor) => sum(square(b)))(a)))(x),
    UnsupportedError,
    /grad: a function is being recorded, and gradients of gradients are not supported/,
  ],
  [
    "a backward pass inside another function",
    () => {
      const recording = record((a: Tensor) => sum(a), [x]);
      return grad((_: Tensor) => recording.backward())(x);
    },
    UnsupportedError,
    /record: a function is being recorded/,
  ],
  [
    "an operand that was overwritten",
    () =>
      grad((a: Tensor) => {
        const y = exp(a);
        const z = square(y);
        tanh(a, { out: y });
        return sum(z);
      })(x),
    InputError,
    /square: argument a was overwritten after the call/,
  ],
  [
    "an operand of the caller's that was overwritten meanwhile",
    () => {
      const weight = engine.tensor([3, 4]);
      const recording = record((a: Tensor) => mul(a, weight), [x]);
      exp(weight, { out: weight });
      return recording.backward(engine.tensor([1, 1]));
    },
    InputError,
    /mul: argument b was overwritten after the call/,
  ],
  [
    "a view of memory that was overwritten",
    () =>
      grad((a: Tensor) => {
        const y = exp(a);
        const view = y.reshape([2, 1]);
        tanh(a, { out: y });
        return sum(view);
      })(x),
    InputError,
    /sum: argument a shows memory that a call has overwritten/,
  ],
  [
    "another tensor over memory that a recorded call wrote to",
    () =>
      grad((a: Tensor) => {
        const place = engine.tensor([0, 0]);
        const view = place.reshape([2, 1]);
        tanh(a, { out: place });
        return sum(view);
      })(x),
    InputError,
    /sum: argument a shows memory that a call has overwritten/,
  ],
  [
    "an operation without a gradient",
    () => grad((a: Tensor) => sum(mine(a)))(x),
    UnsupportedError,
    /mine: argument a needs a gradient, and the operation has none; hand it stopGradient\(a\)/,
  ],
  [
    "a gradient that leaves an operand out",
    () => grad((a: Tensor) => sum(incomplete(a)))(x),
    UnsupportedError,
    /mine: argument a needs a gradient, and the operation has none for it/,
  ],
  [
    "the slopes of ALiBi",
    () => {
      const q = engine.tensor([1, 2], { shape: [1, 1, 2, 1] });
      return grad((slopes: Tensor) => sum(attention(q, q, q, { alibiSlopes: slopes })))(x);
    },
    UnsupportedError,
    /attention: argument alibiSlopes needs a gradient, and the operation has none for it/,
  ],
  [
    "a backward operation",
    () =>
      grad((a: Tensor) => {
        const q = a.reshape([1, 1, 2, 1]);
        const constant = stopGradient(q);
        const { o, lse } = attentionWithLse(constant, constant, constant);
        return sum(attentionBackward(q, constant, constant, o, lse, o).dq);
      })(x),
    UnsupportedError,
    /attentionBackward: argument q needs a gradient/,
  ],
  [
    "a rule that gives the wrong shape",
    () => grad((a: Tensor) => sum(wrongShape(a)))(x),
    ShapeError,
    /gradient of mine: argument a has shape \[1\], expected \[2\]/,
  ],
  [
    "a rule that gives the wrong dtype",
    () => grad((a: Tensor) => sum(wrongDType(a)))(x),
    DTypeError,
    /gradient of mine: argument a has dtype f64, expected f32/,
  ],
  [
    "a checkpoint that returns a promise",
    () => grad((a: Tensor) => checkpoint(async (b: Tensor) => sum(b))(a) as never)(x),
    InputError,
    /checkpoint: argument fn returned a promise/,
  ],
  [
    "something that has no gradient to stop",
    () => stopGradient(3 as never),
    InputError,
    /stopGradient: argument tensor/,
  ],
];

test.each(rows)("%s is refused by name", (_, attempt, type, message) => {
  expect(attempt).toThrow(type);
  expect(attempt).toThrow(message);
});

test("a failed attempt holds nothing", () => {
  const place = engine.tensor([0, 0]);
  const failing = (a: Tensor) => {
    exp(a, { out: place });
    square(place);
    tanh(a, { out: place });
    return sum(mine(a));
  };
  expect(() => grad(failing)(x)).toThrow(UnsupportedError);
  place.dispose();
  expect(heldBy(engine)).toBe(before);
  // Nobody listens any more.
  expect(() => mine(x).dispose()).not.toThrow();
});

describe("checkGradients", () => {
  const scaled = (factor: number) =>
    defineOp({
      ...spec,
      name: "scaled",
      gradient: () => [{ to: [0], reads: [], run: ([dy]) => [mul(dy!, dy!.engine.tensor(factor))] }],
    });

  test("finds a wrong gradient and says where it is", async () => {
    expect((await checkGradients(scaled(1), [x])).passed).toBe(true);
    const report = await checkGradients((p: { deep: Tensor[] }) => scaled(1.5)(p.deep[0]!), [{ deep: [x] }]);
    expect(report.passed).toBe(false);
    expect(report.variables[0]).toMatchObject({ path: "#0.deep[0]" });
    expect(report.variables[0]!.gradient).toBeCloseTo(1.5 * report.variables[0]!.difference, 3);
  });

  test("differences f64 in f64, and takes an oracle for the rest", async () => {
    const doubles = await checkGradients((a: Tensor) => tanh(a), [engine.tensor(Float64Array.of(0.3, -1))]);
    expect(doubles).toMatchObject({ passed: true, tolerance: 1e-7 });
    const withOracle = await checkGradients((a: Tensor) => tanh(a), [x], { oracle: (a) => a.map(Math.tanh) });
    expect(withOracle).toMatchObject({ passed: true, tolerance: 1e-5 });
    const wrong = await checkGradients((a: Tensor) => tanh(a), [x], { oracle: (a) => a.map(Math.sinh) });
    expect(wrong.passed).toBe(false);
  });

  test("a gradient that is no number does not pass", async () => {
    expect((await checkGradients(scaled(Number.NaN), [x])).passed).toBe(false);
  });

  test("a step that is none is refused", async () => {
    await expect(checkGradients(exp, [x], { step: 0 })).rejects.toThrow(/checkGradients: argument step is 0/);
  });
});
