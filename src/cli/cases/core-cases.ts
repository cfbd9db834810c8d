/** Every operation, the core's and L-Mul's, with inputs, its oracle and its bound. */
import { arithmeticCases } from "./arithmetic-cases.js";
import { attentionCases } from "./attention-cases.js";
import type { OperationCase } from "./case.js";
import { lmulCases } from "./l-mul-cases.js";
import { matmulCases } from "./matmul-cases.js";
import { unaryCases } from "./unary-cases.js";

export const coreCases: readonly OperationCase[] = [
  ...matmulCases,
  ...attentionCases,
  ...arithmeticCases,
  ...unaryCases,
  ...lmulCases,
];
