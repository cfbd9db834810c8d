import { afterAll, describe, expect, test } from "vitest";
import { createEngine } from "../../../src/create-engine.js";
import { nilpotentPrimes, periodMatrix } from "../../../src/oracles/nilpotency.js";
import { type Box, cube, decodeIndex } from "../../../src/systems/matrix-fields/box.js";
import { nilpotencyCounts, nilpotencyMask, survivorsOf } from "../../../src/systems/matrix-fields/nilpotency.js";

const engine = await createEngine({ webgpu: false });
afterAll(() => engine.destroy());

/** Coefficients of a and of b, and P modulo 5, 7, 11: matrix-field sheet, section 3. */
test.each([
  [
    [1, 2],
    [0, 0, 1],
    [
      [1, 1, 4, 4],
      [6, 6, 1, 1],
      [10, 10, 1, 1],
    ],
  ],
  [
    [3, 11, 11],
    [0, 0, 0, 0, 1],
    [
      [2, 1, 1, 3],
      [4, 5, 1, 3],
      [8, 2, 1, 3],
    ],
  ],
  [
    [5, 27, 51, 34],
    [0, 0, 0, 0, 0, 0, -1],
    [
      [0, 0, 4, 0],
      [5, 4, 6, 2],
      [5, 3, 10, 6],
    ],
  ],
  [
    [0, 1],
    [0, 0, 1],
    [
      [2, 0, 4, 0],
      [6, 0, 0, 0],
      [0, 0, 5, 0],
    ],
  ],
  [
    [1, 1, 1],
    [1, 0, 0, 1],
    [
      [3, 1, 4, 3],
      [0, 0, 5, 3],
      [7, 3, 7, 3],
    ],
  ],
])("period matrices of a = %j, b = %j", (a, b, [five, seven, eleven]) => {
  expect([5, 7, 11].map((p) => periodMatrix(a, b, p))).toEqual([five, seven, eleven]);
});

async function counts(box: Box): Promise<(b: number, a: number) => number> {
  const tensor = nilpotencyCounts(engine, box);
  const values = (await tensor.data()) as Uint8Array;
  const stride = tensor.shape[1] as number;
  tensor.dispose();
  return (b, a) => values[b * stride + a] as number;
}

const at = (coefficients: readonly number[], n: number) => coefficients.reduceRight((sum, c) => sum * n + c, 0);

/** Total, valid, histogram of c = 0..8: the count check of section 3. */
const boxes: readonly (readonly [number, number, number, readonly number[]])[] = [
  [1, 676, 520, [232, 178, 24, 50, 20, 0, 0, 0, 16]],
  [2, 15376, 12400, [6568, 3724, 1048, 574, 330, 10, 0, 0, 146]],
  [3, 116964, 99864, [53444, 31052, 9056, 3926, 1608, 44, 36, 0, 698]],
];
test.each(boxes)("count check of |coefficients| <= %i", async (size, total, valid, histogram) => {
  const box = cube(2, 2, size);
  const polynomials = Array.from({ length: (2 * size + 1) ** 3 }, (_, i) => decodeIndex(box.a, i));
  const count = await counts(box);
  const nonzero = polynomials.map((p) => p.some((c) => c !== 0));
  const found = new Array<number>(9).fill(0);
  let all = 0;
  for (const [b, coefficients] of polynomials.entries()) {
    const ends = [1, 2, 3, 4, 5, 6, 7, 8].some((n) => at(coefficients, n) === 0);
    for (const a of polynomials.keys()) {
      if (!nonzero[a] || !nonzero[b]) continue;
      all++;
      if (!ends) found[count(b, a)] = (found[count(b, a)] as number) + 1;
    }
  }
  expect(all).toBe(total);
  expect(found).toEqual(histogram);
  expect(found.reduce((x, y) => x + y)).toBe(valid);
});

describe("against the oracle", () => {
  const box: Box = {
    a: [
      [-3, 4],
      [0, 6],
      [-40, -36],
      [1, 2],
    ],
    b: [
      [7, 9],
      [-2, 0],
      [0, 0],
      [-5, 0],
    ],
  };
  const [sizeA, sizeB] = [8 * 7 * 5 * 2, 3 * 3 * 6];

  test("counts and masks of degrees 3 and 3, over more than a tile", async () => {
    const count = await counts(box);
    const mask = nilpotencyMask(engine, box);
    const words = (await mask.data()) as Uint32Array;
    for (let b = 0; b < sizeB; b++) {
      for (let a = 0; a < sizeA; a++) {
        const expected = nilpotentPrimes(decodeIndex(box.a, a), decodeIndex(box.b, b));
        if (count(b, a) !== expected) expect.fail(`count of ${b}, ${a}: ${count(b, a)}, not ${expected}`);
        const bit = ((words[b * 18 + (a >> 5)] as number) >>> (a & 31)) & 1;
        if (bit !== Number(expected >= 7)) expect.fail(`mask of ${b}, ${a}`);
      }
    }
    expect(mask.shape).toEqual([54, 18]);
    mask.dispose();
  });

  test("a slab is the rows of the whole", async () => {
    const whole = nilpotencyMask(engine, cube(1, 2, 3));
    const slab = nilpotencyMask(engine, cube(1, 2, 3), { first: 100, count: 200 });
    const [all, some] = [(await whole.data()) as Uint32Array, (await slab.data()) as Uint32Array];
    expect([...some]).toEqual([...all.slice(200, 600)]);
    expect(survivorsOf(some, 2, 100)).toEqual(survivorsOf(all, 2).filter(({ b }) => b >= 100 && b < 300));
    expect(survivorsOf(some, 2, 100).length).toBeGreaterThan(0);
  });
});

test.each<[string, Box]>([
  ["no ranges", { a: [], b: [[0, 1]] }],
  ["an empty range", { a: [[1, 0]], b: [[0, 1]] }],
  ["a range of halves", { a: [[0.5, 1]], b: [[0, 1]] }],
  [
    "too many polynomials",
    {
      a: [[0, 1]],
      b: [
        [0, 2 ** 20],
        [0, 2 ** 20],
      ],
    },
  ],
  ["coefficients beyond words", { a: [[0, 1]], b: [[2 ** 31, 2 ** 31]] }],
])("refuses %s", (_, box) => {
  expect(() => nilpotencyMask(engine, box)).toThrow(/box\.[ab]/);
});

test("refuses rows that are not there", () => {
  expect(() => nilpotencyMask(engine, cube(1, 1, 1), { first: 9 })).toThrow("options");
});
