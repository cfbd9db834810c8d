/** The backward pass of attention on the CPU: heads that share k and v are one call, so that every sum has one writer. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { CoreKernels } from "../../generated/kernels/core.js";
import type { WasmOperand } from "../define-op.js";
import { type AttentionParams, stretchesOf } from "./params.js";
import { stepsOf, type Unit, writeOptions, writeUnits } from "./records.js";
import { headUnits, type OptionalInputs, optionalInputs } from "./wasm.js";

type Run = WasmRun<CoreKernels>;

/** Inputs q, k, v, o, lse, dO and the optional ones; outputs dq, dk, dv, then dBias and dSinks where bias and sinks are. */
export function runAttentionBackward(
  w: Run,
  inputs: readonly WasmOperand[],
  outputs: readonly WasmOperand[],
  params: AttentionParams,
): void {
  const [q, k, v, o, lse, dO] = inputs.map(({ ptr }) => ptr) as [number, number, number, number, number, number];
  for (const { ptr, size } of outputs) w.bytes(ptr, 4 * size).fill(0);
  const optional = optionalInputs(w, inputs, params);
  const [dq, dk, dv] = outputs.map(({ ptr }) => ptr) as [number, number, number];
  const dBias = optional.bias ? (outputs[3] as WasmOperand).ptr : 0;
  const dSinks = optional.sinks ? (outputs.at(-1) as WasmOperand) : undefined;
  const forward = headUnits(params, { q, k, v, o, lse }, optional);
  if (forward.length === 0) return;
  const gradients = headUnits(params, { q: dq, k: dk, v: dv, o: dO, lse }, optional);
  const sinkParts = dSinks ? w.scratch(4 * forward.length) : 0;
  const units = forward.map((unit, index): Unit => {
    const { q: ownDq, k: ownDk, v: ownDv, o: ownDO } = gradients[index] as Unit;
    return { ...unit, dq: ownDq, dk: ownDk, dv: ownDv, dO: ownDO, dSink: sinkParts && sinkParts + 4 * index };
  });
  runUnits(w, params, units, dBias && dBias - optional.bias, optional);
  if (dSinks) sumSinks(w, dSinks, sinkParts, units.length);
}

function runUnits(
  w: Run,
  params: AttentionParams,
  units: readonly Unit[],
  dBias: number,
  optional: OptionalInputs,
): void {
  const { layout, heads, kvHeads, rows, keys, d, dv } = params;
  const options = writeOptions(w, params, {
    qStep: stepsOf(layout, rows, heads, d).time,
    kStep: stepsOf(layout, keys, kvHeads, d).time,
    vStep: stepsOf(layout, keys, kvHeads, dv).time,
    oStep: stepsOf(layout, rows, heads, dv).time,
    dBias,
  });
  const records = writeUnits(w, units);
  const groupSize = heads / kvHeads;
  const groups = units.length / groupSize;
  const tasks = w.threads === 1 || (optional.bias && isBiasShared(params)) ? 1 : Math.min(groups, 4 * w.threads);
  const share = Math.ceil(groups / tasks) * groupSize;
  const longest = stretchesOf(params).reduce((most, stretch) => Math.max(most, stretch.rows), 0);
  const bytes = Math.ceil(w.kernels.f32_attention_backward_scratch(d, dv, longest) / 64) * 64;
  const scratch = w.scratch(bytes * tasks);
  const calls = Array.from({ length: Math.ceil(units.length / share) }, (_, t) => [
    options,
    records,
    t * share,
    Math.min(share, units.length - t * share),
    scratch + t * bytes,
  ]);
  w.parallel("f32_attention_backward", calls);
}

/** Whether heads or batch entries add to the same elements of the bias's gradient, which then has to be one thread's work. */
function isBiasShared({ batch, heads, biasStrides }: AttentionParams): boolean {
  return (batch > 1 && biasStrides[0] === 0) || (heads > 1 && biasStrides[1] === 0);
}

/** dSinks[h] = sum of the parts of head h over stretches. */
function sumSinks(w: Run, dSinks: WasmOperand, parts: number, count: number): void {
  const from = w.bytes(parts, 4 * count);
  const values = new Float32Array(from.buffer, from.byteOffset, count);
  const sums = new Float64Array(dSinks.size);
  values.forEach((value, index) => {
    sums[index % dSinks.size]! += value;
  });
  const to = w.bytes(dSinks.ptr, 4 * dSinks.size);
  new Float32Array(to.buffer, to.byteOffset, dSinks.size).set(sums);
}
