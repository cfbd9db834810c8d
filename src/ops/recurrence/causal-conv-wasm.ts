/** The causal convolution on the CPU: the record of its kernels (assembly/recurrence/causal-conv.ts) and its tasks. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { RecurrenceKernels } from "../../generated/kernels/recurrence.js";
import type { WasmOperand } from "../define-op.js";
import { chunksOf } from "../support/chunks.js";
import type { CausalConvBackwardParams } from "./causal-conv-backward.js";
import type { CausalConvInput, CausalConvParams } from "./causal-conv-params.js";
import { widened, writeWide } from "./wide.js";

type Run = WasmRun<RecurrenceKernels>;

/** Elements of a task, about. */
const taskElements = 16384;

interface Targets {
  readonly y?: number;
  readonly state?: number;
  readonly dx?: number;
  readonly dInitialState?: number;
  readonly sums?: number;
}

function runUnits(
  w: Run,
  kernel: "f32_causal_conv" | "f32_causal_conv_backward",
  inputs: readonly WasmOperand[],
  { at, batch, channels, steps, width, silu }: CausalConvParams,
  to: Targets,
): void {
  const address = (name: CausalConvInput) => {
    const operand = inputs[at[name]];
    return operand ? widened(w, operand) : 0;
  };
  const fields = [
    ...[address("x"), address("weight"), address("bias"), address("initialState"), to.y ?? 0, to.state ?? 0],
    ...[channels, steps, width, silu ? 1 : 0],
    ...[address("dY"), address("dState"), to.dx ?? 0, to.dInitialState ?? 0, to.sums ?? 0],
  ];
  const record = w.scratch(4 * fields.length);
  const view = w.bytes(record, 4 * fields.length);
  new Int32Array(view.buffer, view.byteOffset, fields.length).set(fields);
  const calls = [...chunksOf(batch * channels, Math.max(1, Math.floor(taskElements / Math.max(1, steps))))];
  const each = Math.ceil(w.kernels.f32_causal_conv_scratch(steps, width) / 64) * 64;
  // Tasks of one thread follow each other and could share; memory for each is simpler, and they are as large as x.
  const scratch = w.scratch(each * calls.length);
  w.parallel(
    kernel,
    calls.map(([first, count], i) => [record, first, count, scratch + i * each]),
  );
}

/** Outputs y and the new state. */
export function runCausalConv(
  w: Run,
  inputs: readonly WasmOperand[],
  outputs: readonly WasmOperand[],
  params: CausalConvParams,
): void {
  const [y, state] = outputs as [WasmOperand, WasmOperand];
  writeWide(w, y, (ptr) => {
    writeWide(w, state, (statePtr) => runUnits(w, "f32_causal_conv", inputs, params, { y: ptr, state: statePtr }));
  });
}

/** Outputs as `gradients` names them. */
export function runCausalConvBackward(
  w: Run,
  inputs: readonly WasmOperand[],
  outputs: readonly WasmOperand[],
  params: CausalConvBackwardParams,
): void {
  const { batch, channels, width, gradients } = params;
  const target = (name: (typeof gradients)[number]) => outputs[gradients.indexOf(name)];
  const sums = w.scratch(4 * batch * channels * (width + 1));
  runUnits(w, "f32_causal_conv_backward", inputs, params, {
    dx: target("dx")!.ptr,
    dInitialState: target("dInitialState")!.ptr,
    sums,
  });
  const floats = (ptr: number, count: number) => {
    const { buffer, byteOffset } = w.bytes(ptr, 4 * count);
    return new Float32Array(buffer, byteOffset, count);
  };
  const parts = floats(sums, batch * channels * (width + 1));
  const [dWeight, dBias] = [new Float64Array(channels * width), new Float64Array(channels)];
  parts.forEach((part, i) => {
    const [channel, tap] = [Math.floor(i / (width + 1)) % channels, i % (width + 1)];
    if (tap < width) dWeight[channel * width + tap]! += part;
    else dBias[channel]! += part;
  });
  floats(target("dWeight")!.ptr, channels * width).set(dWeight);
  const bias = target("dBias");
  if (bias) floats(bias.ptr, channels).set(dBias);
}
