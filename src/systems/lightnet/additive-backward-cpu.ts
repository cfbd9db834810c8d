/** The CPU side of the gradients of the additive recurrence. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { LightnetKernels } from "../../generated/kernels/lightnet.js";
import type { WasmOperand } from "../../ops/define-op.js";
import type { CoreParams, InputName } from "./additive.js";
import { inputTensors, runUnits } from "./additive-cpu.js";
import { chunkOf } from "./params.js";

export function runAdditiveBackward(
  w: WasmRun<LightnetKernels>,
  inputs: readonly WasmOperand[],
  outputs: readonly WasmOperand[],
  params: CoreParams,
): void {
  const { at, hasKey, sequences } = params;
  const address = (name: InputName) => inputs[at[name]]?.ptr ?? 0;
  const [dq, dk, dv, ds0, dz0, dGate] = outputs.map(({ ptr }) => ptr) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const gradients = hasKey ? { dx: dGate, dk } : { dx: dk };
  const tensors = {
    ...inputTensors(inputs, params),
    ...{ o: address("dO"), s: address("dS"), m: address("dZ"), l: 0 },
    ...{ ...gradients, dq, dv, ds0, dz0 },
  };
  const longest = sequences.reduce((most, { steps }) => Math.max(most, steps), 0);
  runUnits(w, "f32_additive_backward", params, tensors, () =>
    w.kernels.f32_additive_backward_scratch(params.k, params.v, chunkOf(params), longest),
  );
}
