/** A checkpoint changes what is held, and nothing else. */
import { describe, expect, test } from "vitest";
import { checkpoint, grad, record } from "../../src/autograd/index.js";
import type { Tensor } from "../../src/index.js";
import { add, exp, matmul, mul, randomNormal, square, sum, tanh } from "../../src/index.js";
import { heldBy, openFor, testBackends } from "../support/engines.js";

describe.each(testBackends)("checkpoint on $name", (backend) => {
  const engine = openFor(backend);
  const random = (shape: number[], seed: number) => randomNormal(engine(), shape, { seed });

  interface Layer {
    readonly w: Tensor;
    readonly b: Tensor;
  }
  const layer = (x: Tensor, { w, b }: Layer) => tanh(add(matmul(tanh(x), w), b));
  const layersOf = (count: number, width: number): Layer[] =>
    Array.from({ length: count }, (_, i) => ({ w: random([width, width], i), b: random([width], 50 + i) }));

  /** Gradients of all parameters and of the input, with a layer's function wrapped or not. */
  async function gradientsWith(wrap: (fn: typeof layer) => typeof layer) {
    const wrapped = wrap(layer);
    const loss = (layers: readonly Layer[], x: Tensor) => sum(square(layers.reduce((y, p) => wrapped(y, p), x)));
    const [layers, dx] = grad(loss, { of: [0, 1] })(layersOf(3, 4), random([2, 4], 99));
    const all = [...layers.flatMap(({ w, b }) => [w, b]), dx];
    return Promise.all(all.map((each) => each.data()));
  }

  test("gives the same bits", async () => {
    expect(await gradientsWith(checkpoint)).toEqual(await gradientsWith((fn) => fn));
  });

  test("gives the same bits one inside the other", async () => {
    const nested = (fn: typeof layer) => checkpoint((x: Tensor, p: Layer) => checkpoint(fn)(checkpoint(fn)(x, p), p));
    const plain = (fn: typeof layer) => (x: Tensor, p: Layer) => fn(fn(x, p), p);
    expect(await gradientsWith(nested)).toEqual(await gradientsWith(plain));
  });

  test("follows what the function takes from outside, made inside or not", async () => {
    const x = random([3], 1);
    const constant = random([3], 2);
    const loss = (wrap: <F extends (a: Tensor) => Tensor>(fn: F) => F) => (a: Tensor) => {
      const before = exp(a);
      const doubled = add(constant, constant);
      return sum(wrap((y: Tensor) => mul(mul(y, before), mul(doubled, a)))(square(a)));
    };
    const expected = await grad(loss((fn) => fn))(x).data();
    expect(await grad(loss(checkpoint as never))(x).data()).toEqual(expected);
  });

  test("passes several results on, in any form", async () => {
    const both = (a: Tensor) => ({ list: [exp(a), square(a)], twice: add(a, a) });
    const loss = (wrap: (fn: typeof both) => typeof both) => (a: Tensor) => {
      const { list, twice } = wrap(both)(a);
      return sum(mul(list[0]!, twice));
    };
    const x = random([4], 3);
    expect(await grad(loss(checkpoint))(x).data()).toEqual(await grad(loss((fn) => fn))(x).data());
  });

  test("the same tensor as two arguments gets both gradients", async () => {
    const x = engine().tensor([3]);
    const product = checkpoint((a: Tensor, b: Tensor) => sum(mul(a, b)));
    expect([...(await grad((a: Tensor) => product(a, a))(x).data())]).toEqual([6]);
  });

  test("holds less", () => {
    const x = random([1, 16], 7);
    const layers = layersOf(6, 16);
    const held = (wrap: (fn: typeof layer) => typeof layer) => {
      const before = heldBy(engine());
      const wrapped = wrap(layer);
      using recording = record((a: Tensor) => sum(layers.reduce((y, p) => wrapped(y, p), a)), [x]);
      recording.value.dispose();
      return heldBy(engine()) - before;
    };
    const deep = (fn: typeof layer) => (a: Tensor, p: Layer) => fn(fn(fn(a, p), p), p);
    // The arguments of each, however much it makes.
    expect(held(checkpoint)).toBe(6 * 3);
    expect(held((fn) => checkpoint(deep(fn)))).toBe(6 * 3);
    expect(held((fn) => checkpoint(deep(fn)))).toBeLessThan(held(deep));
  });

  test("runs as it is where nothing is recorded, and leaves nothing behind", async () => {
    const x = engine().tensor([2]);
    const before = heldBy(engine());
    const result = checkpoint((a: Tensor) => square(a))(x);
    expect(await result.item()).toBe(4);
    result.dispose();
    grad((a: Tensor) => sum(checkpoint((b: Tensor) => exp(square(b)))(a)))(x).dispose();
    expect(heldBy(engine())).toBe(before);
  });

  test("an argument that is overwritten before the function runs again is an error", () => {
    const x = engine().tensor([1]);
    const place = engine().tensor([0]);
    const loss = (a: Tensor) => {
      square(a, { out: place });
      const y = checkpoint((b: Tensor) => exp(b))(place);
      exp(a, { out: place });
      return sum(y);
    };
    expect(() => grad(loss)(x)).toThrow(/checkpoint: argument #0 was overwritten/);
  });
});
