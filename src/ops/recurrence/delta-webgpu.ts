/** The delta rule and its gradients on the GPU. */
import type { GpuRegion, GpuRun } from "../../backends/webgpu/run.js";
import type { GpuImplementation, GpuOperand } from "../define-op.js";
import { intoOperand } from "../support/gpu-floats.js";
import type { DeltaBackwardParams, DeltaGradientName } from "./delta-backward.js";
import type { DeltaParams } from "./delta-params.js";
import { encodeBackward, type SegmentGradients } from "./gpu/backward.js";
import { callOf, type RecurrenceCall } from "./gpu/call.js";
import { betaGradient, fold, gateGradient, signedGateGradient } from "./gpu/gradients.js";
import { intoOperands, operandsByName } from "./gpu/operands.js";
import { encodeRankOne, isChunked, unsupportedBackward, unsupportedKeys } from "./gpu/run.js";

function deltaCall(params: DeltaParams): RecurrenceCall {
  const { householders, gating, perChannel } = params;
  const gate = gating === "none" ? "none" : perChannel ? "vector" : "scalar";
  return callOf(params, { householders, gate, signed: gating === "signed", rowsBeforeGate: false });
}

function tensorsOf(g: GpuRun, inputs: readonly GpuOperand[], { at }: DeltaParams) {
  const { given, optional } = operandsByName(g, inputs, at);
  const gate = optional("gate") ?? optional("signedGate");
  return { tensors: { q: given("q"), k: given("k"), v: given("v"), beta: given("beta"), gate }, given, optional };
}

export const deltaOnGpu: GpuImplementation<DeltaParams> = {
  unsupported: (_, { k }) => unsupportedKeys(k),
  variant: (_, params) => (isChunked(params) ? "chunked f32" : "sequential f32"),
  encode(g, inputs, outputs, params) {
    const [o, final] = outputs as [GpuOperand, GpuOperand];
    const { tensors, optional } = tensorsOf(g, inputs, params);
    const ends = { initial: optional("initialState"), final };
    intoOperand(g, o, (wide) => encodeRankOne(g, params, deltaCall(params), tensors, ends, wide));
  },
};

type Tensors = ReturnType<typeof tensorsOf>["tensors"];
type Outputs = Readonly<Record<DeltaGradientName, GpuRegion>>;

function collect(segment: SegmentGradients, { v, beta, gate }: Tensors, outputs: Outputs): void {
  const { pass, of, dZ } = segment;
  const { k, v: values, share, scale, signed } = pass.call;
  const { dq, dk, dv, dBeta, dGate, dSignedGate } = outputs;
  fold(pass, dq, of("q"), { width: k, share, perToken: true, scale });
  fold(pass, dk, of("x"), { width: k, share, beta, plus: of("y") });
  fold(pass, dv, dZ, { width: values, share: 1, beta });
  betaGradient(segment, v, dBeta);
  if (!gate) return;
  if (signed) signedGateGradient(segment, gate, dSignedGate);
  else gateGradient(segment, dGate);
}

export const deltaBackwardOnGpu: GpuImplementation<DeltaBackwardParams> = {
  unsupported: (caps, params) => unsupportedBackward(caps, deltaCall(params)),
  variant: () => "chunked f32",
  encode(g, inputs, outputs, params) {
    const { tensors, given, optional } = tensorsOf(g, inputs, params);
    const dO = given("dO");
    intoOperands(g, params.gradients, outputs, (wide: Outputs) => {
      const ends = { initial: optional("initialState"), dFinal: optional("dState"), dInitial: wide.dInitialState };
      encodeBackward(g, deltaCall(params), tensors, dO, ends, (segment) => collect(segment, tensors, wide));
    });
  },
};
