/** Gradients in the dtypes that are stored narrower than they are computed, and in f64. */
import { describe, expect, test } from "vitest";
import { grad } from "../../src/autograd/index.js";
import {
  attention,
  cast,
  type DType,
  exp,
  layerNorm,
  logsumexp,
  matmul,
  max,
  mul,
  softmax,
  square,
  sum,
  type Tensor,
} from "../../src/index.js";
import { randomArray } from "../support/arrays.js";
import { openFor, testBackends, wasmBackends } from "../support/engines.js";

/** Half a unit in the last place, relative. */
const roundings = { f16: 2 ** -11, bf16: 2 ** -8 } as const;

const shapes = { rows: [3, 4], heads: [1, 3, 2, 2] };

const functions: readonly [string, (a: Tensor) => Tensor, readonly number[]][] = [
  ["square and exp", (a) => exp(mul(a, square(a))), shapes.rows],
  ["softmax", (a) => softmax(a), shapes.rows],
  ["logsumexp", (a) => logsumexp(a), shapes.rows],
  ["layerNorm", (a) => layerNorm(a), shapes.rows],
  ["max", (a) => max(a, { axes: 0 }), shapes.rows],
];

/** Whose shaders take a software adapter half a minute to compile in every combination of dtypes. */
const products: typeof functions = [
  ["matmul", (a) => matmul(a, a, { transposeB: true }), shapes.rows],
  ["attention", (a) => attention(a, a, a), shapes.heads],
];

describe.each(testBackends)("on $name", (backend) => {
  const engine = openFor(backend);

  /** The sum of the result in f32, weighted by its own square so that no gradient vanishes. */
  const lossOf = (fn: (a: Tensor) => Tensor) => (a: Tensor) => {
    const wide = cast(fn(a), "f32");
    return sum(mul(wide, square(wide)));
  };

  test.each([...functions, ...(backend.slow ? [] : products)])(
    "the gradient of %s is that of f32, rounded",
    async (_, fn, shape) => {
      for (const dtype of ["f16", "bf16"] as const) {
        const { bits } = randomArray(shape, dtype, 5);
        const narrow = engine().fromBits(bits, { shape, dtype });
        const gradient = grad(lossOf(fn))(narrow);
        expect(gradient.dtype).toBe(dtype);
        const expected = await grad(lossOf(fn))(cast(narrow, "f32")).data();
        const largest = Math.max(...[...expected].map(Math.abs));
        // Each step of the chain rounds once or twice: results, their gradients, and what a rule multiplies them with.
        const tolerance = 16 * roundings[dtype] * largest;
        for (const [i, value] of [...(await gradient.data())].entries()) {
          expect(Math.abs(value - expected[i]!), `${dtype} [${i}]`).toBeLessThanOrEqual(tolerance);
        }
      }
    },
  );

  test("that of an 8-bit float is f32, and passes through casts and copies as if nothing were rounded", async () => {
    for (const dtype of ["e4m3", "e5m2"] as const satisfies DType[]) {
      const { bits } = randomArray([4, 2], dtype, 6);
      const small = engine().fromBits(bits, { shape: [4, 2], dtype });
      const loss = (a: Tensor) => sum(square(cast(a.rows(1, 3).reshape([4]), "f32")));
      const gradient = grad(loss)(small);
      expect(gradient.dtype).toBe("f32");
      const doubled = [...(await small.data())].map((x, i) => (i >= 2 && i < 6 ? 2 * x : 0));
      expect([...(await gradient.data())]).toEqual(doubled);
      const through = grad((a: Tensor) => sum(mul(cast(cast(a, dtype), "f32"), cast(small, "f32"))))(
        engine().tensor(new Float32Array(8).fill(0.3), { shape: [4, 2] }),
      );
      expect(through.dtype).toBe("f32");
      expect([...(await through.data())]).toEqual([...(await small.data())]);
    }
  });
});

describe.each(wasmBackends.slice(0, 1))("on $name", (backend) => {
  const engine = openFor(backend);

  test("that of f64 is f64", async () => {
    const a = engine().tensor(Float64Array.of(0.1, 0.2, 0.3, 0.4), { shape: [2, 2] });
    const gradient = grad((x: Tensor) => sum(matmul(x, exp(x))))(a);
    expect(gradient.dtype).toBe("f64");
    const [p, q, r, s] = [0.1, 0.2, 0.3, 0.4];
    // d/dp of (p + r)(e^p + e^q) + (q + s)(e^r + e^s).
    expect((await gradient.data())[0]).toBeCloseTo(Math.exp(p) + Math.exp(q) + (p + r) * Math.exp(p), 14);
    expect((await gradient.data())[3]).toBeCloseTo(Math.exp(r) + Math.exp(s) + (q + s) * Math.exp(s), 14);
  });
});
