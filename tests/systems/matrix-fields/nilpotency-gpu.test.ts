import { afterAll, expect, test } from "vitest";
import { createEngine } from "../../../src/create-engine.js";
import { type Box, cube } from "../../../src/systems/matrix-fields/box.js";
import { nilpotencyMask } from "../../../src/systems/matrix-fields/nilpotency.js";
import { sameBits } from "../../support/arrays.js";

const engine = await createEngine({ webgpu: "software" });
afterAll(() => engine.destroy());

/** Rows of one word and of more than a workgroup; degrees that differ; slabs. */
test.each<[string, Box, { first?: number; count?: number }]>([
  ["degree 2, coefficients to 1", cube(2, 2, 1), {}],
  ["degree 2, coefficients to 3, a slab", cube(2, 2, 3), { first: 140, count: 60 }],
  [
    "degrees 1 and 4",
    {
      a: [
        [-20, 19],
        [1, 9],
      ],
      b: [
        [0, 0],
        [0, 0],
        [-1, 1],
        [-2, 2],
        [-2, 2],
      ],
    },
    {},
  ],
  ["degrees 0 and 0", { a: [[-7, 9]], b: [[-30, 30]] }, {}],
])("%s: the CPU's bits", async (_, box, slab) => {
  const [cpu, gpu] = (["wasm", "webgpu"] as const).map((on) => nilpotencyMask(engine, box, { ...slab, on }));
  const [expected, found] = [(await cpu!.data()) as Uint32Array, (await gpu!.data()) as Uint32Array];
  expect(sameBits(expected, found)).toBe(true);
  expect(expected.some((word) => word !== 0)).toBe(true);
  cpu!.dispose();
  gpu!.dispose();
});
