/** The low-rank recurrence and its gradients on the GPU. */
import type { GpuRun } from "../../backends/webgpu/run.js";
import type { GpuImplementation, GpuOperand } from "../define-op.js";
import { intoOperand } from "../support/gpu-floats.js";
import { encodeBackward, type SegmentGradients } from "./gpu/backward.js";
import { callOf, type RecurrenceCall } from "./gpu/call.js";
import { fold, gateGradient } from "./gpu/gradients.js";
import { operandsByName } from "./gpu/operands.js";
import { transposed } from "./gpu/pass.js";
import type { KeyMatrices, RankOneTensors } from "./gpu/rank-one.js";
import { encodeRankOne, isChunked, unsupportedBackward, unsupportedKeys } from "./gpu/run.js";
import type { LowRankBackwardParams, LowRankGradients } from "./low-rank-backward.js";
import type { LowRankParams } from "./low-rank-params.js";

function lowRankCall(params: LowRankParams): RecurrenceCall {
  const gate = params.at.gate < 0 ? "none" : "vector";
  return callOf(
    { ...params, chunk: params.chunkOnGpu },
    { householders: 1, gate, signed: false, rowsBeforeGate: true },
  );
}

function tensorsOf(g: GpuRun, inputs: readonly GpuOperand[], params: LowRankParams) {
  const { given, optional } = operandsByName(g, inputs, params.at);
  const tensors = {
    ...{ q: given("q"), k: given("k"), v: given("v"), gate: optional("gate") },
    factors: { a: given("a"), b: given("b") },
  } satisfies RankOneTensors;
  return { tensors, given, optional };
}

export const lowRankOnGpu: GpuImplementation<LowRankParams> = {
  unsupported: (_, { k }) => unsupportedKeys(k),
  variant: (_, params) => (isChunked(params) ? "chunked f32" : "sequential f32"),
  encode(g, inputs, outputs, params) {
    const [o, final] = outputs as [GpuOperand, GpuOperand];
    const { tensors, optional } = tensorsOf(g, inputs, params);
    const ends = { initial: optional("initialState"), final };
    intoOperand(g, o, (wide) => encodeRankOne(g, params, lowRankCall(params), tensors, ends, wide));
  },
};

type Outputs = Readonly<Record<keyof LowRankGradients, GpuOperand>>;

function collect(segment: SegmentGradients, { dq, dk, dv, da, db, dGate }: Outputs): void {
  const { pass, of, dO, dZ, dStates, matrices } = segment;
  const { k, v, share, scale, chunk } = pass.call;
  const keys = matrices.keys as KeyMatrices;
  const ofK = { width: k, share };
  fold(pass, dq, of("q"), { ...ofK, perToken: true, scale });
  // The rows are -a.
  fold(pass, da, of("x"), { ...ofK, scale: -1 });
  fold(pass, db, of("y"), ofK);
  fold(pass, dk, of("k"), ofK);
  const result = { region: dv, rows: chunk, columns: dZ.columns, width: v };
  pass.product(result, keys.kOut, dStates);
  const throughReads = { second: [transposed(keys.reads), dO], accumulate: true } as const;
  pass.product(result, transposed(keys.strict), dZ, { ...throughReads, alpha: -1 });
  if (dGate) gateGradient(segment, dGate);
}

export const lowRankBackwardOnGpu: GpuImplementation<LowRankBackwardParams> = {
  unsupported: (caps, params) => unsupportedBackward(caps, lowRankCall(params)),
  variant: () => "chunked f32",
  encode(g, inputs, outputs, params) {
    const { tensors, given, optional } = tensorsOf(g, inputs, params);
    const all = Object.fromEntries(params.gradients.map((name, index) => [name, outputs[index]])) as Outputs;
    const ends = { initial: optional("initialState"), dFinal: optional("dState"), dInitial: all.dInitialState };
    encodeBackward(g, lowRankCall(params), tensors, given("dO"), ends, (segment) => collect(segment, all));
  },
};
