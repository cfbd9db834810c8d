import { expect, test } from "vitest";
import { eField, piField, symmetricPiField, zeta3Field } from "../../../src/systems/matrix-fields/catalogue.js";
import { delta } from "../../../src/systems/matrix-fields/convergents.js";
import { checkConservation, walk, walkConvergent } from "../../../src/systems/matrix-fields/field.js";

const fields = { e: eField, pi: piField, "symmetric pi": symmetricPiField, "zeta(3)": zeta3Field };
test.each(Object.entries(fields))("the field of %s is conservative", (_, field) => {
  expect(() => checkConservation(field)).not.toThrow();
});

/** Exact products: matrix-field sheet, section 9, "CMF walks". */
test.each([
  ["e", [0n, 0n], [1, 1], 3, [426n, -2790n, -732n, 4794n]],
  ["e", [0n, 0n], [2, 1], 2, [504n, -3216n, -866n, 5526n]],
  ["e", [0n, 0n], [1, 0], 4, [24n, -96n, -41n, 165n]],
  ["pi", [1n, 0n], [1, 1], 3, [9171n, -23913n, -16065n, 41895n]],
  ["pi", [1n, 0n], [2, 1], 2, [7554n, -28587n, -13230n, 50085n]],
  ["pi", [1n, 0n], [1, 0], 4, [24n, -519n, 0n, 945n]],
  ["symmetric pi", [1n, 1n], [1, 1], 3, [8208n, 74349n, 24876n, 225378n]],
  ["symmetric pi", [1n, 1n], [1, 0], 4, [141n, 798n, 402n, 2436n]],
  ["zeta(3)", [1n, 1n], [1, 1], 3, [-871824384n, -3463767360n, 5186571264n, 20606301504n]],
  ["zeta(3)", [1n, 1n], [1, 0], 4, [-307000n, -320824n, 2035000n, 2048824n]],
] as const)("%s from %s along %s, %i steps", (name, start, direction, steps, expected) => {
  expect(walk(fields[name], start, direction, steps)).toEqual(expected);
});

/** Exponents along directions of the zeta(3) field: section 9, "delta along directions". */
test.each([
  [[1, 1], 50, 0.1186467519],
  [[1, 1], 300, 0.0952332764],
  [[2, 3], 120, -0.0153117201],
  [[1, 3], 150, -0.2265310864],
] as const)("zeta(3) along %s, %i steps: delta %f", (direction, steps, expected) => {
  const { p, q } = walkConvergent(zeta3Field, [1n, 1n], [1, 1], 700);
  expect(delta(walkConvergent(zeta3Field, [1n, 1n], direction, steps), { num: p, den: q })).toBeCloseTo(expected, 8);
});

test("bad input", () => {
  expect(() => walk(eField, [0n], [1, 1], 3)).toThrow("axes x,y");
  expect(() => walk(eField, [0n, 0n], [1, -1], 3)).toThrow(RangeError);
  expect(() => walk(eField, [0n, 0n], [0, 0], 3)).toThrow(RangeError);
  expect(() => walk(eField, [0n, 0n], [1, 1], 0.5)).toThrow(RangeError);
  const broken = { ...eField, matrices: [eField.matrices[0]!, piField.matrices[1]!] };
  expect(() => checkConservation(broken)).toThrow("in x, y");
});
