/** The CPU side of the additive recurrence: a kernel call per share of sequences and heads. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { LightnetKernels } from "../../generated/kernels/lightnet.js";
import type { WasmOperand } from "../../ops/define-op.js";
import type { CoreParams, InputName } from "./additive.js";
import { chunkOf } from "./params.js";
import { shares, type Tensors, writeCall, writeUnits } from "./records.js";

type Run = WasmRun<LightnetKernels>;

/** Addresses of the inputs in the kernels' words. A normaliser given as z is a maximum with no sum beside it. */
export function inputTensors(
  inputs: readonly WasmOperand[],
  { at, hasKey }: CoreParams,
): Pick<Tensors, "q" | "x" | "k" | "v" | "s0" | "m0" | "l0"> {
  const address = (name: InputName) => inputs[at[name]]?.ptr ?? 0;
  return {
    q: address("q"),
    x: address(hasKey ? "gate" : "k"),
    k: hasKey ? address("k") : 0,
    v: address("v"),
    s0: address("s0"),
    m0: address("max") || address("z"),
    l0: address("sum"),
  };
}

export function runAdditive(
  w: Run,
  inputs: readonly WasmOperand[],
  outputs: readonly WasmOperand[],
  params: CoreParams,
): void {
  const [o, s, m, l] = outputs.map(({ ptr }) => ptr) as [number, number, number, number];
  runUnits(w, "f32_additive", params, { ...inputTensors(inputs, params), o, s, m, l }, () =>
    w.kernels.f32_additive_scratch(params.k, params.v, chunkOf(params)),
  );
}

/** Runs a kernel over all units; `scratchBytes` is what one call of it needs. */
export function runUnits(
  w: Run,
  kernel: "f32_additive" | "f32_additive_backward",
  params: CoreParams,
  tensors: Tensors,
  scratchBytes: () => number,
): void {
  const { units, count } = writeUnits(w, params, tensors);
  if (count === 0) return;
  const call = writeCall(w, params);
  const ranges = shares(count, w.threads);
  const bytes = Math.ceil(scratchBytes() / 64) * 64;
  const scratch = w.scratch(bytes * ranges.length);
  w.parallel(
    kernel,
    ranges.map(([first, share], index) => [call, units, first, share, scratch + index * bytes]),
  );
}
