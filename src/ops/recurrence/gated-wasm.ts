/** Gated recurrences on the CPU, forward. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { RecurrenceKernels } from "../../generated/kernels/recurrence.js";
import type { WasmOperand } from "../define-op.js";
import type { GatedInputName, GatedParams } from "./gated-params.js";
import { type Unit, writeCall, writeUnits } from "./gated-records.js";
import { cutColumns, headUnits, tasksOf, threadsFor, type UnitAddresses } from "./gated-units.js";
import { runsInChunks } from "./params.js";
import { checkValues } from "./values.js";
import { widened, writeWide } from "./wide.js";

type Run = WasmRun<RecurrenceKernels>;

/** What the kernels read, as f32. */
export function inputAddresses(
  w: Run,
  inputs: readonly WasmOperand[],
  { at, kind }: GatedParams,
): Omit<UnitAddresses, "o" | "state"> & { readonly dO: number; readonly dState: number } {
  const addressOf = (name: GatedInputName) => {
    const operand = inputs[at[name]];
    return operand ? widened(w, operand) : 0;
  };
  return {
    q: addressOf("q"),
    k: addressOf("k"),
    v: addressOf("v"),
    dO: addressOf("dO"),
    gate: kind === "none" ? 0 : addressOf(kind),
    bonus: addressOf("bonus"),
    initial: addressOf("initialState"),
    dState: addressOf("dState"),
  };
}

export function checkGated(w: Run, inputs: readonly WasmOperand[], params: GatedParams): void {
  checkValues(w, params.op, inputs, params.names, params);
}

/** Inputs as params.names says; outputs o and the last states. */
export function runGated(
  w: Run,
  inputs: readonly WasmOperand[],
  [o, state]: readonly WasmOperand[],
  params: GatedParams,
): void {
  if (!o || !state) return;
  const from = inputAddresses(w, inputs, params);
  const threads = threadsFor(w, params);
  writeWide(w, o, (result) => {
    const units = headUnits(params, { ...from, o: result, state: state.ptr });
    const cut = cutColumns(params, units, threads);
    const chunked = cut.filter(({ steps }) => runsInChunks(params, steps));
    const others = chunked.length === 0 ? cut : cut.filter(({ steps }) => !runsInChunks(params, steps));
    runUnits(w, params.perChannel ? "f32_vector_gate" : "f32_scalar_gate", params, chunked, threads);
    runUnits(w, "f32_gated_sequential", params, others, threads);
  });
}

type Kernel = "f32_gated_sequential" | "f32_scalar_gate" | "f32_vector_gate";

/** Scratch bytes of one task. */
function scratchOf({ kernels }: Run, kernel: Kernel, { k, v, cpuChunk }: GatedParams): number {
  if (kernel === "f32_scalar_gate") return kernels.f32_scalar_gate_scratch(k, v, cpuChunk);
  if (kernel === "f32_vector_gate") return kernels.f32_vector_gate_scratch(k, v, cpuChunk);
  return kernels.f32_gated_sequential_scratch(k);
}

function runUnits(w: Run, kernel: Kernel, params: GatedParams, units: readonly Unit[], threads: number): void {
  if (units.length === 0) return;
  const call = writeCall(w, params);
  const records = writeUnits(w, units);
  const bytes = Math.ceil(scratchOf(w, kernel, params) / 64) * 64;
  const tasks = tasksOf(units.length, threads);
  const scratch = w.scratch(bytes * tasks.length);
  w.parallel(
    kernel,
    tasks.map(([first, count], t) => [call, records, first, count, scratch + t * bytes]),
  );
}
