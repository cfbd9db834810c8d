/** Functions of one number. */
import * as unary from "../../ops/unary.js";
import { unaryOracle } from "../../oracles/unary.js";
import { asOperation, type CaseSize, type OperationCase } from "./case.js";

const length: Record<CaseSize, number> = { check: 4099, small: 1 << 16, full: 1 << 20 };
/** Those with a pole or a branch cut at zero see positive numbers. */
const positive = new Set(["log", "log2", "sqrt", "rsqrt", "reciprocal"]);
const alpha: Record<string, number> = { leakyRelu: 0.01, elu: 1 };

export const unaryCases: readonly OperationCase[] = Object.entries(unaryOracle).flatMap(([name, oracle]) => {
  const operation = (unary as unknown as Record<string, { spec: OperationCase["operation"]["spec"] } | undefined>)[
    name
  ];
  if (!operation) return [];
  return {
    operation: asOperation(operation),
    inputs: (size) => [{ shape: [length[size]], values: positive.has(name) ? "positive" : "signed" }],
    oracle: ([x]) => Float64Array.from(x as ArrayLike<number>, (value) => oracle(value, alpha[name] ?? 0)),
    // A handful of ulp of f32 on the CPU; WGSL allows its exponential 3 + 2|x| ulp, its sine 2^-11 absolute at most.
    bound: 1e-6,
  };
});
