/** The gradients of the delta rule on the CPU. Value heads that share a key head are one task, so that every sum has one writer. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { RecurrenceKernels } from "../../generated/kernels/recurrence.js";
import type { WasmOperand } from "../define-op.js";
import type { DeltaBackwardParams, DeltaGradientName } from "./delta-backward.js";
import { type DeltaAddresses, type DeltaUnit, writeDeltaCall, writeDeltaUnits } from "./delta-records.js";
import { deltaInputs, sharedCalls, threadsFor } from "./delta-wasm.js";
import { runsInChunks } from "./params.js";
import { writeWide } from "./wide.js";

type Run = WasmRun<RecurrenceKernels>;

/** Inputs as `params.at` says; outputs as `params.gradients` does. */
export function runDeltaBackward(
  w: Run,
  inputs: readonly WasmOperand[],
  outputs: readonly WasmOperand[],
  params: DeltaBackwardParams,
): void {
  const from = deltaInputs(w, inputs, params);
  const write = (left: readonly DeltaGradientName[], to: Partial<Record<DeltaGradientName, number>>): void => {
    const [name, ...others] = left;
    if (name === undefined) {
      runHeads(w, params, { ...from, ...to, dGate: to.dGate ?? to.dSignedGate ?? 0 });
      return;
    }
    const output = outputs[params.gradients.indexOf(name)] as WasmOperand;
    writeWide(w, output, (address) => {
      if (name === "dq" || name === "dk") w.bytes(address, 4 * output.size).fill(0);
      write(others, { ...to, [name]: address });
    });
  };
  write(params.gradients, {});
}

function runHeads(w: Run, params: DeltaBackwardParams, addresses: DeltaAddresses): void {
  const { sequences, heads, valueHeads, v } = params;
  const call = writeDeltaCall(w, params);
  const units = sequences.flatMap((sequence, index) =>
    Array.from({ length: valueHeads }, (_, head): DeltaUnit => ({ sequence, index, head, column: 0, columns: v })),
  );
  const chunked = units.filter(({ sequence }) => runsInChunks(params, sequence.steps));
  const sequential = units.filter(({ sequence }) => !runsInChunks(params, sequence.steps));
  const run = (kernel: "f32_delta_chunk_backward" | "f32_delta_sequential_backward", own: readonly DeltaUnit[]) => {
    if (own.length === 0) return;
    const longest = own.reduce((most, { sequence }) => Math.max(most, sequence.steps), 0);
    const scratch = w.kernels[`${kernel}_scratch`](call, v, longest, w.scratch(512));
    const records = writeDeltaUnits(w, params, own, addresses);
    const group = valueHeads / heads;
    const threads = threadsFor(w, params);
    w.parallel(kernel, sharedCalls(w, { call, units: records, count: own.length, group, threads, scratch }));
  };
  run("f32_delta_chunk_backward", chunked);
  run("f32_delta_sequential_backward", sequential);
}
