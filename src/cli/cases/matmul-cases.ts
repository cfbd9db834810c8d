/** Matrix products. */
import { matmul } from "../../index.js";
import { matmulOracle } from "../../oracles/matmul.js";
import { asOperation, type CaseInput, type OperationCase } from "./case.js";

const extent = { check: 33, small: 96, full: 512 };

export const matmulCases: readonly OperationCase[] = [
  {
    operation: asOperation(matmul),
    inputs: (size) => {
      const n = extent[size];
      const square: CaseInput = { shape: [n, n + (size === "check" ? 4 : 0)], values: "signed" };
      return [square, { ...square, shape: [...square.shape].reverse() }];
    },
    oracle: ([a, b], [shapeA, shapeB]) =>
      matmulOracle({ shape: shapeA, values: a }, { shape: shapeB, values: b }).values,
    // 37 products of numbers in [-1, 1): (k + 1) 2^-24 of their absolute sum, which is at most k.
    bound: 2e-5,
  },
];
