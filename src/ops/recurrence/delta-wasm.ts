/** The delta rule on the CPU: units of value columns, which nothing but keys is shared by, in the form that suits their length. */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { RecurrenceKernels } from "../../generated/kernels/recurrence.js";
import type { WasmOperand } from "../define-op.js";
import type { DeltaInput, DeltaParams } from "./delta-params.js";
import { type DeltaAddresses, type DeltaUnit, writeDeltaCall, writeDeltaUnits } from "./delta-records.js";
import { widened, writeWide } from "./wide.js";

type Run = WasmRun<RecurrenceKernels>;

/** Columns of a panel in the kernels. */
const panelColumns = 8;
/** Arithmetic below which a second thread costs more than it brings. */
const worthAThread = 1 << 19;

/** Operands as f32, by name. */
export function deltaInputs(w: Run, inputs: readonly WasmOperand[], { at }: DeltaParams) {
  const address = (name: DeltaInput) => {
    const operand = inputs[at[name]];
    return operand && operand.size > 0 ? widened(w, operand) : 0;
  };
  return {
    ...{ q: address("q"), k: address("k"), v: address("v"), beta: address("beta") },
    gate: address("gate") || address("signedGate"),
    initialState: address("initialState"),
    ...{ dO: address("dO"), dState: address("dState") },
  };
}

/** Threads that a call is worth. */
export function threadsFor(w: Run, { batch, steps, householders, valueHeads, k, v }: DeltaParams): number {
  return batch * steps * householders * valueHeads * k * v < worthAThread ? 1 : w.threads;
}

/**
 * Every value head of every sequence, cut into blocks of columns where heads alone would leave threads idle. Columns never
 * meet, so a cut changes no bit of a result.
 */
function unitsOf(params: DeltaParams, threads: number): DeltaUnit[] {
  const { sequences, valueHeads, v } = params;
  const panels = Math.ceil(v / panelColumns);
  const blocks = Math.min(panels, Math.max(1, Math.ceil(threads / Math.max(1, sequences.length * valueHeads))));
  const width = Math.ceil(panels / blocks) * panelColumns;
  return sequences.flatMap((sequence, index) =>
    Array.from({ length: valueHeads }, (_, head) =>
      Array.from({ length: Math.ceil(v / width) }, (_, block) => {
        const column = block * width;
        return { sequence, index, head, column, columns: Math.min(width, v - column) };
      }),
    ).flat(),
  );
}

/** Calls of a kernel (call, units, first, count, scratch) that share `count` units out in groups that stay together. */
export function sharedCalls(
  w: Run,
  {
    call,
    units,
    count,
    group,
    threads,
    scratch,
  }: {
    readonly call: number;
    readonly units: number;
    readonly count: number;
    readonly group: number;
    readonly threads: number;
    /** Bytes per call. */
    readonly scratch: number;
  },
): number[][] {
  const groups = count / group;
  const tasks = threads === 1 ? 1 : Math.min(groups, 4 * threads);
  const share = Math.ceil(groups / tasks) * group;
  const bytes = Math.ceil(scratch / 64) * 64;
  const calls = Math.ceil(count / share);
  const address = w.scratch(bytes * calls);
  return Array.from({ length: calls }, (_, t) => [
    call,
    units,
    t * share,
    Math.min(share, count - t * share),
    address + t * bytes,
  ]);
}

/** Inputs as `params.at` says; outputs o and state. */
export function runDelta(
  w: Run,
  inputs: readonly WasmOperand[],
  outputs: readonly WasmOperand[],
  params: DeltaParams,
): void {
  const [o, state] = outputs as [WasmOperand, WasmOperand];
  const from = deltaInputs(w, inputs, params);
  writeWide(w, o, (address) => runForms(w, params, { ...from, o: address, state: state.ptr }));
}

type Kernel = "f32_delta_step" | "f32_delta_sequential" | "f32_delta_chunk";

/**
 * Left to choose, the CPU goes step by step at any length: one pass over the state per key is less work than a chunk's products, and
 * in registers as fast. Gradients are another matter (delta-backward-wasm.ts).
 */
function kernelFor({ form }: DeltaParams, steps: number): Kernel {
  if (steps === 1) return "f32_delta_step";
  return form === "chunked" ? "f32_delta_chunk" : "f32_delta_sequential";
}

function runForms(w: Run, params: DeltaParams, addresses: DeltaAddresses): void {
  const threads = threadsFor(w, params);
  const call = writeDeltaCall(w, params);
  const units = unitsOf(params, threads);
  const columns = units.reduce((most, unit) => Math.max(most, unit.columns), 0);
  const scratchOf: Record<Kernel, () => number> = {
    f32_delta_step: () => w.kernels.f32_delta_step_scratch(params.k),
    f32_delta_sequential: () => w.kernels.f32_delta_sequential_scratch(params.k, columns),
    f32_delta_chunk: () => w.kernels.f32_delta_chunk_scratch(call, columns, w.scratch(512)),
  };
  for (const [kernel, scratch] of Object.entries(scratchOf) as [Kernel, () => number][]) {
    const own = units.filter(({ sequence }) => kernelFor(params, sequence.steps) === kernel);
    if (own.length === 0) continue;
    const records = writeDeltaUnits(w, params, own, addresses);
    const shared = { call, units: records, count: own.length, group: 1, threads, scratch: scratch() };
    w.parallel(kernel, sharedCalls(w, shared));
  }
}
