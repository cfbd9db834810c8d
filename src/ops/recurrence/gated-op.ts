/** Makes the operations of a gated core: forward, a single step in place, backward. Cores differ in their gates alone. */
import { InputError, ShapeError } from "../../backends/contract.js";
import type { RecurrenceKernels } from "../../generated/kernels/recurrence.js";
import type { Tensor } from "../../tensor/tensor.js";
import { assertTensor } from "../../tensor/tensor.js";
import { defineOp, type GpuImplementation, type Op, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { runGatedBackward } from "./gated-backward-wasm.js";
import { gatedGradient } from "./gated-gradient.js";
import { type GatedBackwardParams, type GatedGradient, gradientsOf } from "./gated-gradients.js";
import { maskedBackward, maskedForward } from "./gated-mask.js";
import { type GatedCore, type GatedParams, type GatedTensors, gatedParams, gatedWork } from "./gated-params.js";
import { checkGated, runGated } from "./gated-wasm.js";
import { recurrenceGroup } from "./group.js";
import type { RecurrenceOptions } from "./options.js";
import { outputShape } from "./params.js";
import { stateShape } from "./state.js";

export interface RecurrenceResult {
  /** In the shape of v. */
  readonly o: Tensor;
  /** After the last step: [N, HV, K, V], or [N, HV, V, K] for the layout "vk". f32. */
  readonly state: Tensor;
}

/** Options of a gated forward call; a core takes some of the gates. */
export interface GatedOptions extends RecurrenceOptions {
  decay?: Tensor | undefined;
  gate?: Tensor | undefined;
  signedGate?: Tensor | undefined;
  bonus?: Tensor | undefined;
  exclusive?: boolean | undefined;
  /** Where the results go, each optional. `state` may be the initial state. */
  out?: { o?: Tensor; state?: Tensor };
}

/** Gradients of sum(o dO) + sum(state dState); those of optional inputs are present with them. */
export type GatedGradients = Readonly<
  Record<"dq" | "dk" | "dv", Tensor> & Partial<Record<Exclude<GatedGradient, "dq" | "dk" | "dv">, Tensor>>
>;

export interface GatedBackwardOptions extends Omit<GatedOptions, "out"> {
  /** Gradient of the last states; zeros by default. */
  dState?: Tensor;
  /** Where the gradients go, each optional. */
  out?: { [Name in GatedGradient]?: Tensor };
}

export interface GatedDescription {
  readonly name: string;
  /** What the options say of the core. @throws InputError */
  core(op: string, options: GatedOptions): GatedCore;
  /** The core's backward operation. */
  backward(): GatedBackwardOp;
  readonly bound: string;
}

const resultOf = ([o, state]: readonly Tensor[]): RecurrenceResult => ({ o: o as Tensor, state: state as Tensor });

function prepareForward(
  op: string,
  core: GatedDescription["core"],
  tensors: GatedTensors,
  options: GatedOptions,
): PreparedCall<GatedParams> {
  const { out, on, scope } = options;
  const { params, inputs } = gatedParams(op, tensors, options, core(op, options));
  return {
    inputs,
    names: params.names,
    outputs: [
      { shape: outputShape(params), dtype: params.dtype },
      { shape: stateShape(params), dtype: "f32" },
    ],
    out: [out?.o, out?.state],
    params,
    ...(on ? { on } : {}),
    ...(scope ? { scope } : {}),
  };
}

/** The tensors of a call: q, k and v, and those that the options bring. */
const tensorsOf = (q: Tensor, k: Tensor, v: Tensor, options: GatedOptions) => {
  const { decay, gate, signedGate, bonus, initialState } = options;
  return { q, k, v, decay, gate, signedGate, bonus, initialState };
};

export type GatedOp<O = GatedOptions> = Op<
  [q: Tensor, k: Tensor, v: Tensor, options?: O],
  GatedParams,
  RecurrenceResult
>;

export function gatedOp(
  { name, core, backward, bound }: GatedDescription,
  webgpu?: GpuImplementation<GatedParams>,
): GatedOp {
  const op = defineOp({
    name,
    prepare: (q: Tensor, k: Tensor, v: Tensor, options: GatedOptions = {}) =>
      prepareForward(name, core, tensorsOf(q, k, v, options), options),
    work: gatedWork,
    wasm: { group: recurrenceGroup, check: checkGated, run: runGated },
    ...(webgpu ? { webgpu } : {}),
    bound,
    gradient: gatedGradient(backward),
    finish: resultOf,
  });
  const call = (q: Tensor, k: Tensor, v: Tensor, options?: GatedOptions) =>
    options?.mask ? maskedForward(op, q, k, v, options) : op(q, k, v, options);
  return Object.assign(call, { spec: op.spec });
}

export type GatedStepOp<O = Omit<GatedOptions, "initialState">> = Op<
  [state: Tensor, q: Tensor, k: Tensor, v: Tensor, options?: O],
  GatedParams,
  RecurrenceResult
>;

/** One step that updates `state` in place. */
export function gatedStepOp(
  { name, core, bound }: GatedDescription,
  webgpu?: GpuImplementation<GatedParams>,
): GatedStepOp {
  const op = `${name}Step`;
  return defineOp({
    name: op,
    prepare: (state: Tensor, q: Tensor, k: Tensor, v: Tensor, options: Omit<GatedOptions, "initialState"> = {}) => {
      const given: GatedOptions = { ...options, initialState: state, form: "sequential" };
      assertTensor(op, "state", state);
      if (given.mask || given.cuSeqlens)
        throw new InputError(op, given.mask ? "mask" : "cuSeqlens", "has no use for one step");
      const call = prepareForward(op, core, tensorsOf(q, k, v, given), given);
      if (call.params.steps !== 1) throw new ShapeError(op, "q", { expected: "one step", actual: q.shape });
      const target = given.out?.o;
      if (target && [q, k, v].some(({ storage }) => storage === target.storage)) {
        throw new InputError(op, "out", "shares memory with an input");
      }
      return { ...call, out: [target, state] };
    },
    work: gatedWork,
    // Column by column the state is read before it is written, and o shares memory with no input.
    wasm: { group: recurrenceGroup, inPlace: true, check: checkGated, run: runGated },
    ...(webgpu ? { webgpu } : {}),
    bound,
    finish: resultOf,
  });
}

export type GatedBackwardOp<O = GatedBackwardOptions> = Op<
  [q: Tensor, k: Tensor, v: Tensor, dO: Tensor, options?: O],
  GatedBackwardParams,
  GatedGradients
>;

export function gatedBackwardOp(
  { name, core, bound }: GatedDescription,
  webgpu?: GpuImplementation<GatedBackwardParams>,
): GatedBackwardOp {
  const op = `${name}Backward`;
  type Args = Parameters<GatedBackwardOp>;
  const spec = defineOp<Args, GatedBackwardParams, GatedGradients, RecurrenceKernels>({
    name: op,
    prepare: (
      q: Tensor,
      k: Tensor,
      v: Tensor,
      dO: Tensor,
      options: GatedBackwardOptions = {},
    ): PreparedCall<GatedBackwardParams> => {
      const { out, dState, ...others } = options;
      assertTensor(op, "dO", dO);
      const tensors = { ...tensorsOf(q, k, v, others), dO, dState };
      const { params, inputs } = gatedParams(op, tensors, others, core(op, others));
      const { names, outputs } = gradientsOf(params, tensors);
      return {
        inputs,
        names: params.names,
        outputs,
        out: names.map((gradient) => out?.[gradient]),
        params: { ...params, gradients: names },
        ...placementOf(op, others),
      };
    },
    work: (params: GatedBackwardParams) => ({ ...gatedWork(params), operations: 3 * gatedWork(params).operations }),
    wasm: { group: recurrenceGroup, check: checkGated, run: runGatedBackward },
    ...(webgpu ? { webgpu } : {}),
    bound,
    finish: (outputs, { gradients }: GatedBackwardParams): GatedGradients =>
      Object.fromEntries(gradients.map((gradient, i) => [gradient, outputs[i]])) as GatedGradients,
  });
  const call = (q: Tensor, k: Tensor, v: Tensor, dO: Tensor, options?: GatedBackwardOptions) =>
    options?.mask ? maskedBackward(spec, q, k, v, dO, options) : spec(q, k, v, dO, options);
  return Object.assign(call, { spec: spec.spec });
}
