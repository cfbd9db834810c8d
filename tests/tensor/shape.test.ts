import { describe, expect, test } from "vitest";
import { InputError, ShapeError } from "../../src/backends/contract.js";
import { broadcastShapes, checkAxis, checkShape, sizeOfShape, stridesOf } from "../../src/tensor/shape.js";

describe("sizeOfShape", () => {
  test.each([
    [[], 1],
    [[2, 3, 4], 24],
    [[5, 0, 7], 0],
    [[...new Array<number>(40).fill(2 ** 32), 0], 0],
  ])("%j has %i elements", (shape, size) => expect(sizeOfShape(shape)).toBe(size));
});

describe("checkShape", () => {
  test.each([[[]], [[0]], [[2, 3]], [[2 ** 32]]])("takes %j", (shape) => checkShape("op", "a", shape));

  test.each([
    [undefined, "op: argument a must be an array of extents, got undefined"],
    [3, "must be an array of extents, got number"],
    [[-1], "has extent -1; extents are non-negative integers"],
    [[1.5], "has extent 1.5"],
    [[Number.NaN], "has extent NaN"],
    [[Infinity], "has extent Infinity"],
    [["2"], "has extent 2"],
    [[2 ** 33, 0], "has extent 8589934592, which is above 2^32"],
    [[2 ** 16, 2 ** 17], "[65536, 131072] has more than 2^32 elements"],
    [new Array(40).fill(2 ** 32), "has more than 2^32 elements"],
  ])("refuses %j", (shape, message) => {
    expect(() => checkShape("op", "a", shape)).toThrow(InputError);
    expect(() => checkShape("op", "a", shape)).toThrow(message);
  });
});

test("strides are row-major", () => {
  expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
  expect(stridesOf([])).toEqual([]);
});

describe("broadcastShapes", () => {
  test.each([
    [[[], []], []],
    [
      [[3], [2, 1]],
      [2, 3],
    ],
    [
      [[4, 1, 3], [2, 1], []],
      [4, 2, 3],
    ],
    [[[0], [1]], [0]],
    [
      [[0, 1], [5]],
      [0, 5],
    ],
  ])("%j gives %j", (shapes, result) => expect(broadcastShapes("op", shapes, ["a", "b", "c"])).toEqual(result));

  test("names the argument that does not fit", () => {
    const broadcast = () => broadcastShapes("op", [[2, 3], [2]], ["a", "b"]);
    expect(broadcast).toThrow(ShapeError);
    expect(broadcast).toThrow("op: argument b has shape [2], expected something that broadcasts with [2, 3]");
    expect(() => broadcastShapes("op", [[0], [2]], ["a", "b"])).toThrow("argument b has shape [2]");
  });
});

describe("checkAxis", () => {
  test.each([
    [0, 0],
    [2, 2],
    [-1, 2],
    [-3, 0],
  ])("maps %i to %i", (axis, expected) => expect(checkAxis("op", "axis", axis, 3)).toBe(expected));

  test.each([3, -4, 0.5, Number.NaN, "0", undefined])("refuses %j", (axis) => {
    expect(() => checkAxis("op", "axis", axis, 3)).toThrow(InputError);
  });

  test("refuses every axis of a tensor without any", () => {
    expect(() => checkAxis("op", "axis", 0, 0)).toThrow("op: argument axis is 0; expected an integer in [0, 0)");
  });
});
