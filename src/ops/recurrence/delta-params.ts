/** What a call of the delta rule comes down to, checked; forward, backward, the single step and both backends read it. */
import { InputError, ShapeError } from "../../backends/contract.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { listInputs } from "./inputs.js";
import { checkFlag, type RecurrenceOptions } from "./options.js";
import { checkPerStep, gateShape, type RecurrenceParams, recurrenceParams } from "./params.js";
import { checkState } from "./state.js";

export interface DeltaRuleOptions extends RecurrenceOptions {
  /** Log-decays before each step: one per value head, [B, T, HV], or one per key channel, [B, T, HV, K]. -Infinity forgets everything. */
  gate?: Tensor;
  /** The same as factors of [-1, 1], which may be 0 or negative. Excludes `gate`. */
  signedGate?: Tensor;
  /** Keys, values and strengths per step: k, v and beta then have `householders` T steps, those of a step side by side; 1 by default. */
  householders?: number;
  /** Lets beta |k|^2 be above 2, where a step enlarges the state; only looked at under `validate`. */
  allowNonContractive?: boolean;
}

/** Names of the tensors that a call may bring. */
export type DeltaInput = "q" | "k" | "v" | "beta" | "gate" | "signedGate" | "initialState" | "dO" | "dState";

export interface DeltaParams extends RecurrenceParams {
  /** Keys per step. */
  readonly householders: number;
  /** What the gates are, if there are any. */
  readonly gating: "none" | "log" | "signed";
  /** A decay for each key channel. */
  readonly perChannel: boolean;
  readonly allowNonContractive: boolean;
  /** Keys of a chunk on the CPU, where the smallest is fastest unless the caller says otherwise: the rest is for the GPU. */
  readonly cpuChunk: number;
  readonly names: readonly DeltaInput[];
  /** Index of each input, -1 where it is absent. */
  readonly at: Readonly<Record<DeltaInput, number>>;
}

export interface DeltaOperands {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly beta: Tensor;
  /** Gradients of the results, of a backward call. */
  readonly dO?: Tensor | undefined;
  readonly dState?: Tensor | undefined;
}

function checkHouseholders(op: string, count: number | undefined): number {
  if (count === undefined) return 1;
  if (Number.isInteger(count) && count >= 1) return count;
  throw new InputError(op, "householders", `is ${String(count)}; expected a positive integer`);
}

/** The gate that is given, and whether it is per channel. */
function checkGates(op: string, options: DeltaRuleOptions, params: RecurrenceParams) {
  const { gate, signedGate } = options;
  if (gate !== undefined && signedGate !== undefined) {
    throw new InputError(op, "signedGate", "was given with gate; expected one of them");
  }
  const name = gate === undefined ? "signedGate" : "gate";
  const given = gate ?? signedGate;
  if (given === undefined) return { gating: "none", perChannel: false } as const;
  assertTensor(op, name, given);
  const perChannel = given.rank === 4;
  if (given.rank !== 3 && !perChannel) {
    throw new ShapeError(op, name, {
      expected: `[${gateShape(params)}] or [${gateShape(params, params.k)}]`,
      actual: given.shape,
    });
  }
  checkPerStep(op, name, given, perChannel ? gateShape(params, params.k) : gateShape(params), params);
  return { gating: gate === undefined ? "signed" : "log", perChannel } as const;
}

/** @throws InputError, ShapeError, DTypeError, DisposedError naming the argument */
export function deltaParams(
  op: string,
  { q, k, v, beta, dO, dState }: DeltaOperands,
  options: DeltaRuleOptions,
): { readonly params: DeltaParams; readonly inputs: readonly Tensor[] } {
  const householders = checkHouseholders(op, options.householders);
  const shared = recurrenceParams(op, { q, k, v }, options, { chunks: [64, 16, 32], writesPerStep: householders });
  checkPerStep(op, "beta", beta, gateShape({ ...shared, steps: shared.steps * householders }), shared);
  const gates = checkGates(op, options, shared);
  checkState(op, "initialState", options.initialState, shared);
  checkState(op, "dState", dState, shared);
  const { gate, signedGate, initialState } = options;
  const { inputs, names, at } = listInputs<DeltaInput>({ q, k, v, beta, gate, signedGate, initialState, dO, dState });
  const allowNonContractive = checkFlag(op, "allowNonContractive", options.allowNonContractive);
  const own = { householders, allowNonContractive, cpuChunk: options.chunk ?? 16 };
  return { params: { ...shared, ...gates, ...own, names, at }, inputs };
}

/** Arithmetic and bytes of a forward call: S^T k, its correction and S^T q per key, in any form. */
export function deltaWork({ batch, steps, householders, valueHeads, heads, k, v, sequences }: DeltaParams) {
  const tokens = batch * steps;
  const perKey = heads * k + valueHeads * (v + 1);
  return {
    operations: 6 * tokens * householders * valueHeads * k * v,
    bytes: 4 * (tokens * (householders * perKey + perKey) + 2 * sequences.length * valueHeads * k * v),
  };
}
