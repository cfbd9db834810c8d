/** What a call of a gated recurrence comes down to: the shared parameters, which gate there is, and where the inputs are. */
import { InputError } from "../../backends/contract.js";
import type { Tensor } from "../../tensor/tensor.js";
import { listInputs } from "./inputs.js";
import type { RecurrenceOptions } from "./options.js";
import {
  type CoreRules,
  checkPerStep,
  gateShape,
  outputShape,
  type RecurrenceParams,
  recurrenceParams,
} from "./params.js";
import { checkState } from "./state.js";

/** "decay": one log-decay per head; "gate": log-decays per step; "signedGate": factors per step. */
export type GateKind = "none" | "decay" | "gate" | "signedGate";

export type GatedInputName = keyof GatedTensors;

export interface GatedParams extends RecurrenceParams {
  readonly op: string;
  readonly kind: GateKind;
  /** One gate per channel of k, otherwise one for all of them. */
  readonly perChannel: boolean;
  /** o reads the state before the step's write. */
  readonly exclusive: boolean;
  /** Steps of a chunk on the CPU, where the products of short chunks already run at full speed. */
  readonly cpuChunk: number;
  readonly names: readonly GatedInputName[];
  /** Index of each input, -1 where it is absent. */
  readonly at: Readonly<Record<GatedInputName, number>>;
}

/** The tensors of a call, apart from its options. */
export interface GatedTensors {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly dO?: Tensor | undefined;
  readonly decay?: Tensor | undefined;
  readonly gate?: Tensor | undefined;
  readonly signedGate?: Tensor | undefined;
  readonly bonus?: Tensor | undefined;
  readonly initialState?: Tensor | undefined;
  readonly dState?: Tensor | undefined;
}

export interface GatedCore extends CoreRules {
  readonly perChannel: boolean;
  readonly exclusive?: boolean;
}

const cpuChunk = 32;

/** @throws InputError when there are several gates */
function kindOf(op: string, { decay, gate, signedGate }: GatedTensors): GateKind {
  const kinds: GateKind[] = [];
  if (decay) kinds.push("decay");
  if (gate) kinds.push("gate");
  if (signedGate) kinds.push("signedGate");
  const [first = "none", second] = kinds;
  if (second) throw new InputError(op, second, `excludes ${first}: a step has one decay`);
  return first;
}

/** @throws InputError, ShapeError, DTypeError, DisposedError naming the argument */
export function gatedParams(
  op: string,
  tensors: GatedTensors,
  options: RecurrenceOptions,
  { perChannel, exclusive = false, ...rules }: GatedCore,
): { params: GatedParams; inputs: readonly Tensor[] } {
  const shared = recurrenceParams(op, tensors, options, rules);
  const { heads, valueHeads, k } = shared;
  const { decay, gate, signedGate, bonus, dO, initialState, dState } = tensors;
  const kind = kindOf(op, tensors);
  const gates = gateShape(shared, perChannel ? k : undefined);
  if (decay) checkPerStep(op, "decay", decay, [valueHeads], shared);
  if (gate) checkPerStep(op, "gate", gate, gates, shared);
  if (signedGate) checkPerStep(op, "signedGate", signedGate, gates, shared);
  if (bonus) checkPerStep(op, "bonus", bonus, [heads, k], shared);
  if (dO) checkPerStep(op, "dO", dO, outputShape(shared), shared);
  checkState(op, "initialState", initialState, shared);
  checkState(op, "dState", dState, shared);
  const { q, v } = tensors;
  const { inputs, names, at } = listInputs<GatedInputName>({
    q,
    k: tensors.k,
    v,
    dO,
    decay,
    gate,
    signedGate,
    bonus,
    initialState,
    dState,
  });
  return {
    params: { ...shared, op, kind, perChannel, exclusive, cpuChunk: options.chunk ?? cpuChunk, names, at },
    inputs,
  };
}

/** Multiply-adds and bytes of the forward pass, however it is run. */
export function gatedWork(params: GatedParams): { operations: number; bytes: number; rate: "multiply-add" } {
  const { batch, steps, heads, valueHeads, k, v, sequences, dtype } = params;
  const rows = batch * steps;
  const size = dtype === "f32" ? 4 : 2;
  const states = 2 * sequences.length * valueHeads * k * v;
  const values = rows * (2 * heads * k + 2 * valueHeads * v);
  return { operations: 4 * rows * valueHeads * k * v, bytes: 4 * states + size * values, rate: "multiply-add" };
}
