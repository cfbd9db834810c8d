/** What the tape does around the rules: forms of arguments, views, constants, memory. */
import { describe, expect, test } from "vitest";
import { grad, record, stopGradient, valueAndGrad } from "../../src/autograd/index.js";
import type { Tensor } from "../../src/index.js";
import {
  add,
  argmax,
  cast,
  exp,
  floor,
  gt,
  logSoftmax,
  matmul,
  mul,
  neg,
  sigmoid,
  softmax,
  square,
  sum,
  tanh,
  where,
} from "../../src/index.js";
import { heldBy, openFor, testBackends } from "../support/engines.js";

const f32 = (...values: number[]) => Float32Array.from(values);

describe.each(testBackends)("a tape on $name", (backend) => {
  const engine = openFor(backend);
  const tensor = (values: number[], shape = [values.length]) => engine().tensor(f32(...values), { shape });

  test("gives 2 x for the sum of squares, in the form of the argument", async () => {
    const x = tensor([1, -2, 3]);
    const { value, gradient } = valueAndGrad((a: Tensor) => sum(square(a)))(x);
    expect(await value.item()).toBe(14);
    expect(await gradient.data()).toEqual(f32(2, -4, 6));
    const inside = grad(({ w }: { w: readonly Tensor[] }) => sum(mul(w[0]!, w[1]!)))({ w: [x, tensor([5, 6, 7])] });
    expect(await inside.w[0]!.data()).toEqual(f32(5, 6, 7));
    expect(await inside.w[1]!.data()).toEqual(f32(1, -2, 3));
  });

  test("takes the other arguments for constants, unless they are named", async () => {
    const [a, b] = [tensor([1, 2]), tensor([3, 4])];
    const product = (x: Tensor, y: Tensor) => sum(mul(x, y));
    expect(await grad(product)(a, b).data()).toEqual(f32(3, 4));
    expect(await grad(product, { of: 1 })(a, b).data()).toEqual(f32(1, 2));
    const [da, db] = grad(product, { of: [0, 1] })(a, b);
    expect([await da.data(), await db.data()]).toEqual([f32(3, 4), f32(1, 2)]);
  });

  test("softmax and cross-entropy give the probabilities less the target", async () => {
    const logits = tensor([0.5, -1, 2]);
    const target = tensor([0, 1, 0]);
    const probabilities = await softmax(logits).data();
    const loss = (x: Tensor) => neg(sum(mul(target, logSoftmax(x))));
    const gradient = await grad(loss)(logits).data();
    for (const [i, p] of [...probabilities].entries()) expect(gradient[i]).toBeCloseTo(p - (i === 1 ? 1 : 0), 5);
  });

  test("an argument that is used often gets the sum", async () => {
    const x = tensor([2]);
    const cube = (a: Tensor) => sum(mul(add(a, a), mul(a, add(a, a))));
    expect(await grad(cube)(x).data()).toEqual(f32(48));
  });

  test("views of overlapping rows add up in place", async () => {
    const x = tensor([1, 2, 3, 4, 5, 6], [3, 2]);
    const pairs = (a: Tensor) => sum(mul(a.rows(0, 2), a.rows(1, 3)));
    expect(await grad(pairs)(x).data()).toEqual(f32(3, 4, 6, 8, 3, 4));
    const whole = (a: Tensor) => sum(add(a.reshape([6]).reshape([2, 3]).reshape([3, 2]), a));
    expect(await grad(whole)(x).data()).toEqual(f32(2, 2, 2, 2, 2, 2));
  });

  test("comparisons, places and steps count as constants", async () => {
    const x = tensor([-1.5, 2.5]);
    const gated = (a: Tensor) => sum(where(gt(a, tensor([0])), mul(a, a), cast(argmax(a, { keepDims: true }), "f32")));
    // Either zero: a masked gradient keeps the sign of what it is multiplied with.
    expect((await grad(gated)(x).data()).map(Math.abs)).toEqual(f32(0, 5));
    expect(await grad((a: Tensor) => sum(mul(a, floor(a))))(x).data()).toEqual(f32(-2, 2));
    expect(await grad((a: Tensor) => sum(cast(cast(a, "i32"), "f32")))(x).data()).toEqual(f32(0, 0));
  });

  test("stopGradient stops it", async () => {
    const x = tensor([3]);
    expect(await grad((a: Tensor) => sum(mul(a, stopGradient(a))))(x).data()).toEqual(f32(3));
    expect(await stopGradient(x).data()).toEqual(f32(3));
  });

  test("a value that does not depend on the argument has the gradient 0", async () => {
    const x = tensor([1, 2]);
    expect(await grad((_: Tensor) => sum(tensor([7])))(x).data()).toEqual(f32(0, 0));
    expect(await grad((a: Tensor) => a.reshape([]))(tensor([4])).data()).toEqual(f32(1));
  });

  test("the argument itself as the value leaves it alone", async () => {
    const x = engine().tensor(2);
    expect(await grad((a: Tensor) => a)(x).item()).toBe(1);
    expect(x.disposed).toBe(false);
    const constant = engine().tensor(3);
    expect(await grad((_: Tensor) => constant)(x).item()).toBe(0);
    expect(constant.disposed).toBe(false);
  });

  test("gradients do not share memory, though they are equal", async () => {
    const [a, b] = [tensor([1]), tensor([2])];
    const [da, db] = grad((x: Tensor, y: Tensor) => add(x, y), { of: [0, 1] })(a, b);
    add(da, da, { out: da });
    expect([await da.data(), await db.data()]).toEqual([f32(2), f32(1)]);
  });

  test("a recording takes seeds, several if it is kept", async () => {
    const x = tensor([1, 2]);
    using recording = record((a: Tensor) => square(a), [x]);
    expect(await recording.value.data()).toEqual(f32(1, 4));
    const rows = [tensor([1, 0]), tensor([0, 1])].map((seed) => recording.backward(seed, { keep: true }));
    expect(await Promise.all(rows.map((row) => row.data()))).toEqual([f32(2, 0), f32(0, 4)]);
  });

  test("results that go to out are followed", async () => {
    const x = tensor([1, 2]);
    const place = tensor([0, 0]);
    const chain = (a: Tensor) => {
      exp(a, { out: place });
      return sum(mul(place, place));
    };
    const gradient = await grad(chain)(x).data();
    for (const [i, value] of [1, 2].entries()) expect(gradient[i]).toBeCloseTo(2 * Math.exp(2 * value), 3);
  });

  test("an operation in place is followed where its gradient does not need what it overwrote", async () => {
    const inPlace = (a: Tensor) => {
      const y = add(a, a);
      exp(y, { out: y });
      neg(y, { out: y });
      return sum(y);
    };
    // exp reads its result, which neg has overwritten.
    expect(() => grad(inPlace)(tensor([1]))).toThrow(/exp: argument result was overwritten/);
    const once = (a: Tensor) => {
      const y = add(a, a);
      exp(y, { out: y });
      return sum(y);
    };
    expect((await grad(once)(tensor([0])).data())[0]).toBeCloseTo(2, 5);
  });

  test("holds nothing afterwards, not even after a failure", () => {
    const x = tensor([1, 2, 3, 4], [2, 2]);
    const bytes = () => heldBy(engine());
    const before = bytes();
    const model = (a: Tensor) => sum(tanh(matmul(sigmoid(a), a.rows(0, 2).reshape([2, 2]))));
    grad(model)(x).dispose();
    expect(bytes()).toBe(before);
    const failing = (a: Tensor) => {
      model(a);
      throw new RangeError("from inside");
    };
    expect(() => grad(failing)(x)).toThrow(RangeError);
    expect(bytes()).toBe(before);
    const recording = record(model, [x]);
    recording.value.dispose();
    expect(bytes()).toBeGreaterThan(before);
    recording.dispose();
    expect(bytes()).toBe(before);
  });

  test("memory stays what it was over many steps", () => {
    const x = tensor(new Array<number>(64).fill(0.1), [8, 8]);
    const step = () => grad((a: Tensor) => sum(tanh(matmul(a, a))))(x).dispose();
    step();
    const { wasm } = engine().memory();
    for (let i = 0; i < 5; i++) step();
    expect(engine().memory().wasm.usedBytes).toBe(wasm.usedBytes);
  });
});
