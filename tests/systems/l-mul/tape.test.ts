/** Under a tape, L-Mul products have the gradients of ordinary products. */
import { describe, expect, test } from "vitest";
import { grad } from "../../../src/autograd/index.js";
import { mul } from "../../../src/ops/binary.js";
import { cast } from "../../../src/ops/cast.js";
import { matmul } from "../../../src/ops/matmul.js";
import { sum } from "../../../src/ops/reduce.js";
import { lmulAttentionGradients } from "../../../src/systems/l-mul/attention-gradients.js";
import * as lmulIndex from "../../../src/systems/l-mul/index.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { randomArray } from "../../support/arrays.js";
import { openTargets } from "./backends.js";

const { baselineMatmul, fp8Multiply, lmul, lmulAttention, lmulDot, lmulLinear, lmulMatmul, lmulSlope } = lmulIndex;
const { targets } = await openTargets();

describe.each(targets)("$name", ({ engine }) => {
  const random = (shape: number[], seed: number): Tensor => {
    const { bits } = randomArray(shape, "f32", seed);
    return engine.fromBits(bits, { shape, dtype: "f32" });
  };
  type Binary = (a: Tensor, b: Tensor) => Tensor;
  /** Gradients of both operands for an uneven upstream gradient. */
  const both = async (run: Binary, a: Tensor, b: Tensor) => {
    const weigh = (y: Tensor) => sum(mul(y, random([...y.shape], 77)));
    const gradients = grad((x: Tensor, y: Tensor) => weigh(run(x, y)), { of: [0, 1] })(a, b);
    return Promise.all(gradients.map(async (each) => [...(await each.data())]));
  };

  const bias = () => random([3], 9);
  const pairs: readonly [string, Binary, Binary, number[], number[]][] = [
    ["lmul, broadcast", lmul, mul, [2, 3], [3]],
    ["lmulDot", lmulDot, (a, b) => sum(mul(a, b)), [5], [5]],
    ["lmulMatmul of a batch", lmulMatmul, matmul, [2, 3, 4], [4, 2]],
    [
      "lmulMatmul, transposed, with a bias",
      (a, b) => lmulMatmul(a, b, { transposeA: true, transposeB: true, bias: bias() }),
      (a, b) => matmul(a, b, { transposeA: true, transposeB: true }),
      [4, 2],
      [3, 4],
    ],
    ["baselineMatmul", baselineMatmul, matmul, [3, 4], [4, 2]],
    ["lmulLinear", lmulLinear, (x, w) => matmul(x, w, { transposeB: true }), [2, 2, 4], [3, 4]],
    ["lmulLinear of one row", lmulLinear, (x, w) => matmul(x.reshape([1, 4]), w, { transposeB: true }), [4], [3, 4]],
  ];

  test.each(pairs)("%s", async (_, approximate, ordinary, shapeA, shapeB) => {
    const [a, b] = [random(shapeA, 1), random(shapeB, 2)];
    const [actual, expected] = [await both(approximate, a, b), await both(ordinary, a, b)];
    for (const [which, gradient] of actual.entries()) {
      gradient.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[which]![i]!, 5);
      });
    }
  });

  test("a bias gets the sum over the rows", async () => {
    const [x, w] = [random([2, 2, 4], 1), random([3, 4], 2)];
    const gradient = grad((b: Tensor) => sum(lmulLinear(x, w, { bias: b })))(bias());
    expect([...(await gradient.data())]).toEqual([4, 4, 4]);
  });

  test("operands of few bits get gradients of their own dtype, f32 for those of 8 bits", async () => {
    const [a, b] = [cast(random([4], 1), "f16"), cast(random([4], 2), "e4m3")];
    const [da, db] = grad((x: Tensor, y: Tensor) => sum(lmul(x, y)), { of: [0, 1] })(a, b);
    expect([da.dtype, db.dtype]).toEqual(["f16", "f32"]);
    expect(await da.data()).toEqual(await b.data());
    expect(await db.data()).toEqual(await a.data());
    const eighth = grad((y: Tensor) => sum(cast(fp8Multiply(y, y), "f32")))(b);
    expect([...(await eighth.data())]).toEqual([...(await b.data())].map((x) => 2 * x));
  });

  test("lmulAttention has those of its two products", async () => {
    const [q, k, v] = [random([1, 3, 2, 4], 1), random([1, 4, 1, 4], 2), random([1, 4, 1, 2], 3)];
    const keyMask = engine.tensor(Uint8Array.of(1, 1, 0, 1), { shape: [1, 4], dtype: "u8" });
    const options = { causal: true, keyMask };
    const attend = (x: Tensor, y: Tensor, z: Tensor) => sum(lmulAttention(x, y, z, options));
    const actual = grad(attend, { of: [0, 1, 2] })(q, k, v);
    const ones = engine.tensor(new Float32Array(12).fill(1), { shape: [1, 3, 2, 2] });
    const expected = lmulAttentionGradients(q, k, v, ones, { ...options, mode: "straight-through" });
    const data = (tensors: readonly Tensor[]) => Promise.all(tensors.map((each) => each.data()));
    expect(await data(actual)).toEqual(await data([expected.q, expected.k, expected.v]));
  });

  test("slopes count as constants", async () => {
    const a = random([3], 1);
    expect([...(await grad((x: Tensor) => sum(lmulSlope(x, x)))(a).data())]).toEqual([0, 0, 0]);
  });
});
