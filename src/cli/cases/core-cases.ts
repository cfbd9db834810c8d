/** Every operation of the core with inputs, its oracle and its bound. */
import type { OperationCase } from "./case.js";

export const coreCases: readonly OperationCase[] = [];
