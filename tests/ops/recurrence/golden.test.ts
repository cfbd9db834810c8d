import { expect, test } from "vitest";
import { gen, goldenLetters, goldenValues } from "../../support/golden.js";

test("the hash makes the published letters", () => {
  expect([...goldenLetters(16, 21, 2)]).toEqual([1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1]);
  expect([...goldenLetters(8, 23, 120)]).toEqual([103, 109, 36, 54, 11, 115, 6, 23]);
  expect(goldenLetters(4096, 21, 2).reduce((ones, bit) => ones + bit, 0)).toBe(2056);
});

test("values lie in [-1, 1) and differ by seed", () => {
  const [a, b] = [goldenValues(100, 1), goldenValues(100, 2)];
  expect(a.every((x) => x >= -1 && x < 1)).toBe(true);
  expect(a.some((x, i) => x !== b[i])).toBe(true);
});

test("gen steps through multiples of 1 / den", () => {
  expect([...gen(5, 7, 3, 17)]).toEqual([-5 / 8, 2 / 8, -1, -1 / 8, 6 / 8]);
});
