/** The causal convolution on the GPU, forward and backward. */
import { type GpuRegion, type GpuRun, packParams } from "../../backends/webgpu/run.js";
import { source as shader } from "../../generated/shaders/causal-conv.js";
import { source as inputsShader } from "../../generated/shaders/causal-conv-inputs.js";
import { source as sumsShader } from "../../generated/shaders/causal-conv-sums.js";
import { source as weightsShader } from "../../generated/shaders/causal-conv-weights.js";
import type { GpuImplementation, GpuOperand } from "../define-op.js";
import { groupsFor } from "../support/gpu.js";
import { intoOperand, widenedRegion } from "../support/gpu-floats.js";
import type { CausalConvBackwardParams } from "./causal-conv-backward.js";
import type { CausalConvInput, CausalConvParams } from "./causal-conv-params.js";

/** The inputs in f32, and what every kernel is told of them. */
function callOf(g: GpuRun, inputs: readonly GpuOperand[], params: CausalConvParams) {
  const { at, batch, channels, steps, width, silu } = params;
  const region = (name: CausalConvInput): GpuRegion | undefined => {
    const operand = inputs[at[name]];
    return operand && widenedRegion(g, operand);
  };
  const [x, weight] = [region("x") as GpuRegion, region("weight") as GpuRegion];
  const [bias, initial] = [region("bias"), region("initialState")];
  return {
    region,
    weight,
    rows: batch * channels,
    words: packParams(batch * channels, channels, steps, width),
    constants: { HAS_BIAS: bias !== undefined, HAS_INITIAL: initial !== undefined, SILU: silu },
    operands: [x, weight, bias ?? weight, initial ?? weight],
  };
}

function encode(
  g: GpuRun,
  inputs: readonly GpuOperand[],
  outputs: readonly GpuOperand[],
  params: CausalConvParams,
): void {
  const [y, state] = outputs as [GpuOperand, GpuOperand];
  if (y.size + state.size === 0) return;
  const { rows, words, constants, operands } = callOf(g, inputs, params);
  const elements = rows * (params.steps + params.width - 1);
  intoOperand(g, y, (toY) => {
    intoOperand(g, state, (toState) => {
      g.dispatch({
        label: "causalConv",
        shader,
        constants,
        params: words,
        bindings: [...operands, toY, toState],
        groups: groupsFor(elements),
      });
    });
  });
}

function encodeBackward(
  g: GpuRun,
  inputs: readonly GpuOperand[],
  outputs: readonly GpuOperand[],
  params: CausalConvBackwardParams,
): void {
  const { channels, steps, width, gradients: names } = params;
  const { region, weight, rows, words, constants, operands } = callOf(g, inputs, params);
  const target = (name: (typeof names)[number]) => outputs[names.indexOf(name)];
  const gradients = g.scratch(4 * rows * steps);
  g.dispatch({
    label: "causalConvBackward (sums)",
    shader: sumsShader,
    constants,
    params: words,
    bindings: [...operands, region("dY") as GpuRegion, gradients],
    groups: groupsFor(rows * steps),
  });
  const dState = region("dState");
  g.dispatch({
    label: "causalConvBackward (inputs)",
    shader: inputsShader,
    constants: { HAS_D_STATE: dState !== undefined },
    params: words,
    bindings: [weight, gradients, dState ?? weight, target("dx")!, target("dInitialState")!],
    groups: groupsFor(rows * (steps + width - 1)),
  });
  const { HAS_BIAS, HAS_INITIAL } = constants;
  g.dispatch({
    label: "causalConvBackward (weights)",
    shader: weightsShader,
    constants: { HAS_BIAS, HAS_INITIAL },
    params: words,
    bindings: [...operands, gradients, target("dWeight")!, target("dBias") ?? g.scratch(16)],
    groups: channels * (width + 1),
  });
}

export const causalConvOnGpu: GpuImplementation<CausalConvParams> = { encode };
export const causalConvBackwardOnGpu: GpuImplementation<CausalConvBackwardParams> = { encode: encodeBackward };
