import { describe, expect, test } from "vitest";
import { checkGradients, grad } from "../../src/autograd/index.js";
import { type AffineScanOptions, affineScan } from "../../src/ops/recurrence/index.js";
import { sum } from "../../src/ops/reduce.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { randomArray } from "../support/arrays.js";
import { openFor, testBackends } from "../support/engines.js";

describe.each(testBackends)("the gradient of affineScan on $name", (backend) => {
  const engine = openFor(backend);
  const random = (shape: number[], seed: number) =>
    engine().fromBits(randomArray(shape, "f32", seed).bits, { shape, dtype: "f32" });

  const ways: readonly [string, AffineScanOptions][] = [
    ["", {}],
    ["reversed", { reverse: true }],
    ["exclusive", { exclusive: true }],
    ["in segments", { segments: [0, 2, 2, 5] }],
    ["exclusive, reversed, in segments", { exclusive: true, reverse: true, segments: [0, 1, 3, 5] }],
  ];
  test.each(ways)("%s, with and without an initial value", async (_, options) => {
    const [a, b] = [random([2, 5, 3], 1), random([2, 5, 3], 2)];
    // A coefficient of 0 lets nothing of the past through, and still has a gradient.
    const cut = engine().tensor(
      Float32Array.from(await a.data(), (x, i) => (i % 7 === 3 ? 0 : x)),
      { shape: [2, 5, 3] },
    );
    const along = (x: unknown, y: unknown) => affineScan(x as Tensor, y as Tensor, { axis: 1, ...options });
    const report = await checkGradients(along, [cut, b], { of: [0, 1] });
    expect(report.passed, JSON.stringify(report)).toBe(true);
    const from = (x: unknown, y: unknown, initial: unknown) =>
      affineScan(x as Tensor, y as Tensor, { axis: 1, ...options, initial: initial as Tensor });
    const all = await checkGradients(from, [cut, b, random([2, 3], 3)], { of: [0, 1, 2] });
    expect(all.passed, JSON.stringify(all)).toBe(true);
  });

  test("lines without steps give an initial value no gradient", async () => {
    const [empty, initial] = [random([2, 0, 3], 1), random([2, 3], 2)];
    for (const options of ways.map(([, each]) => each).filter(({ segments }) => !segments)) {
      const loss = (a: Tensor, b: Tensor, from: Tensor) =>
        sum(affineScan(a, b, { axis: 1, ...options, initial: from }));
      const [da, db, dInitial] = grad(loss, { of: [0, 1, 2] })(empty, random([2, 0, 3], 3), initial);
      expect([da.shape, db.shape]).toEqual([
        [2, 0, 3],
        [2, 0, 3],
      ]);
      expect(Array.from(await dInitial.data())).toEqual([0, 0, 0, 0, 0, 0]);
    }
  });
});
