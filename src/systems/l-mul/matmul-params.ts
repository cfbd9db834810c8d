/** A checked L-Mul matrix product. */
import type { BroadcastAxis } from "./broadcast.js";
import type { OperandDType } from "./format.js";
import type { RawZeros } from "./raw-zeros.js";
import type { Rule } from "./rule.js";
import type { RuleUse } from "./rule-block.js";

export interface MatmulParams {
  readonly rule: Rule;
  readonly use: RuleUse;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Axes of the batch; strides count matrices. */
  readonly axes: readonly BroadcastAxis[];
  /** Products in the batch. */
  readonly batch: number;
  readonly dtypes: readonly [OperandDType, OperandDType];
  readonly hasBias: boolean;
  readonly rawZeros?: RawZeros | undefined;
}
