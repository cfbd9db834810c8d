/** On a device of small bindings a call falls into parts that together are the whole, bit for bit. */
import { describe, expect, test } from "vitest";
import { createEngine } from "../../../src/create-engine.js";
import { lmulAttention } from "../../../src/systems/l-mul/attention.js";
import { lmul } from "../../../src/systems/l-mul/lmul.js";
import { lmulMatmul } from "../../../src/systems/l-mul/matmul.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { difference, openTargets } from "./backends.js";
import { nearNormal } from "./goldens.js";

const { gpuAbsent } = await openTargets();
test("the software GPU is there", ({ skip }) => skip(gpuAbsent !== undefined, gpuAbsent));

const limits = { maxStorageBufferBindingSize: 8192, maxComputeWorkgroupsPerDimension: 7 };

describe.skipIf(gpuAbsent !== undefined)("8 KiB bindings and 7 workgroups a dimension", () => {
  const cases: [string, number[][], (operands: Tensor[], on: "webgpu") => Tensor][] = [
    ["elements", [[6000], [6000]], ([a, b], on) => lmul(a!, b!, { on })],
    ["elements of one repeated operand", [[6000], [1]], ([a, b], on) => lmul(a!, b!, { on })],
    ["rows of a product", [[400, 16], [16, 9], [9]], ([a, b, bias], on) => lmulMatmul(a!, b!, { bias: bias!, on })],
    [
      "products of a batch",
      [
        [24, 16, 8],
        [24, 8, 16],
      ],
      ([a, b], on) => lmulMatmul(a!, b!, { transposeA: true, transposeB: true, on }),
    ],
    [
      "entries of a batch of attention",
      [
        [6, 8, 2, 32],
        [6, 8, 2, 32],
        [6, 8, 2, 32],
      ],
      ([q, k, v], on) => lmulAttention(q!, k!, v!, { causal: true, on }),
    ],
  ];

  test.each(cases)("%s", async (_, shapes, call) => {
    const results = [];
    for (const options of [{}, { limits }]) {
      const engine = await createEngine({ threads: 1, webgpu: { software: true, ...options } });
      const operands = shapes.map((shape, i) =>
        engine.tensor(
          nearNormal(
            i,
            shape.reduce((x, y) => x * y),
          ),
          { shape },
        ),
      );
      results.push(await call(operands, "webgpu").data());
      engine.destroy();
    }
    expect(difference(results[1]!, results[0]!)).toBeUndefined();
  });
});
