/** Products, matrix products and attention by L-Mul, beside the multiplying operations that they stand in for. */
import { lmulMatmulOracle, lmulProduct, paperRule } from "../../oracles/l-mul.js";
import { lmulAttentionOracle } from "../../oracles/l-mul-attention.js";
import { lmul, lmulAttention, lmulMatmul } from "../../systems/l-mul/index.js";
import { asOperation, type CaseSize, type OperationCase } from "./case.js";

const product = lmulProduct(paperRule);
const sides: Record<CaseSize, number> = { check: 61, small: 256, full: 1024 };
const inner: Record<CaseSize, number> = { check: 33, small: 96, full: 512 };
/** One head: [1, T, 1, D]. */
const heads: Record<CaseSize, readonly number[]> = {
  check: [1, 35, 1, 16],
  small: [1, 64, 1, 32],
  full: [1, 512, 1, 64],
};

export const lmulCases: readonly OperationCase[] = [
  {
    operation: asOperation(lmul),
    inputs: (size) => [1, 2].map(() => ({ shape: [sides[size], sides[size]], values: "signed" })),
    oracle: ([a, b]) => Float32Array.from(a, (x: number, i) => product(x, b[i])),
    bound: 0,
  },
  {
    operation: asOperation(lmulMatmul),
    inputs: (size) => [1, 2].map(() => ({ shape: [inner[size], inner[size]], values: "signed" })),
    oracle: ([a, b], [[m, k], [, n]]) => lmulMatmulOracle([a, b], [m, k, n], product).values,
    // 33 additions of numbers in [-1, 1), each rounded: 33 2^-23 of their absolute sum.
    bound: 2e-5,
  },
  {
    operation: asOperation(lmulAttention),
    inputs: (size) => [1, 2, 3].map(() => ({ shape: heads[size], values: "signed" })),
    options: { causal: true },
    oracle: ([q, k, v], [[, rows, , d]]) =>
      lmulAttentionOracle({ q, k, v, rows, keys: rows, d, dv: d, causal: true, product }).values,
    // Sums as above, over scores and over weights.
    bound: 2e-5,
  },
];
