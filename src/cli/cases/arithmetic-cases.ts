/** Arithmetic and comparisons of two tensors, and selection by a third, with a row broadcast over a matrix. */
import { binaryOracle, broadcastOracle, compareOracle } from "../../oracles/broadcast.js";
import { operationNamed } from "../operations.js";
import type { CaseInput, CaseSize, OperationCase } from "./case.js";

const extent: Record<CaseSize, number> = { check: 61, small: 256, full: 1024 };

function ofTwo(name: string, f: (a: number, b: number) => number, bound: number): OperationCase {
  // Bases of powers and divisors of remainders are kept positive: elsewhere a rounding may change the whole result.
  const values = name === "pow" || name === "mod" || name === "div" ? "positive" : "signed";
  return {
    operation: operationNamed(name),
    inputs: (size) => {
      const n = extent[size];
      return [
        { shape: [n, n], values },
        { shape: [n], values },
      ];
    },
    oracle: ([a, b], [shapeA, shapeB]) =>
      broadcastOracle(
        [
          { shape: shapeA, values: a },
          { shape: shapeB, values: b },
        ],
        f,
      ).values,
    bound,
  };
}

const where: OperationCase = {
  operation: operationNamed("where"),
  inputs: (size) => {
    const n = extent[size];
    const matrix: CaseInput = { shape: [n, n], values: "signed" };
    return [{ shape: [n], values: "mask" }, matrix, matrix];
  },
  oracle: (values, shapes) =>
    broadcastOracle(
      values.map((array, i) => ({ shape: shapes[i], values: array })),
      (condition, a, b) => (condition ? a : b) as number,
    ).values,
  bound: 0,
};

export const arithmeticCases: readonly OperationCase[] = [
  // One rounding; WGSL allows a division 2.5 ulp and a power the error of exp2(b log2(a)).
  ...Object.entries(binaryOracle).map(([name, f]) => ofTwo(name, f, 1e-6)),
  ...Object.entries(compareOracle).map(([name, f]) => ofTwo(name, f, 0)),
  where,
];
