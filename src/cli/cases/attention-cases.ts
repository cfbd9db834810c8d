/** Tiled softmax attention, causal. */
import { attention } from "../../index.js";
import { attentionOracle } from "../../oracles/attention.js";
import { asOperation, type CaseSize, type OperationCase } from "./case.js";

/** [B, H, T, D], head first: the order of the oracle. */
const shapes: Record<CaseSize, readonly number[]> = {
  check: [1, 2, 67, 32],
  small: [1, 2, 96, 32],
  full: [1, 8, 512, 64],
};

export const attentionCases: readonly OperationCase[] = [
  {
    operation: asOperation(attention),
    inputs: (size) => [1, 2, 3].map(() => ({ shape: shapes[size], values: "signed" })),
    options: { causal: true, layout: "bhtd" },
    oracle: ([q, k, v], [[batch, heads, rows, d]]) =>
      attentionOracle({ batch, heads, kvHeads: heads, rows, keys: rows, d, dv: d, q, k, v }, { causal: true }).o,
    // Scores of at most d^1/2 with d roundings each, and 2 ulp per tile from the running maximum.
    bound: 1e-5,
  },
];
